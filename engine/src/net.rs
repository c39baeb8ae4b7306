//! Connections to the system: TCP, and TLS over it.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::spec::{Protocol, Target};

/// Where to connect to, worked out once; shared by all threads.
#[derive(Clone)]
pub struct Endpoint {
    addresses: Vec<SocketAddr>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// `host:port`, as requests name it.
    pub authority: String,
}

impl Endpoint {
    /// Looks the host up, which may take a while.
    pub fn resolve(target: &Target) -> Result<Self, String> {
        let host = target.host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<_> = std::net::ToSocketAddrs::to_socket_addrs(&(host, target.port))
            .map_err(|error| format!("{host} cannot be found: {error}"))?
            .collect();
        let tls = target.tls.then(|| tls_of(target, host)).transpose()?;
        let authority = if host.contains(':') {
            format!("[{host}]:{}", target.port)
        } else {
            format!("{host}:{}", target.port)
        };
        Ok(Self {
            addresses,
            tls,
            authority,
        })
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// `active` is set whenever bytes go in or out.
    pub async fn connect(&self, active: &Rc<Cell<bool>>) -> io::Result<Stream> {
        let tcp = TcpStream::connect(self.addresses.as_slice()).await?;
        tcp.set_nodelay(true)?;
        let inner = match &self.tls {
            None => Inner::Plain(tcp),
            Some((connector, name)) => {
                Inner::Tls(Box::new(connector.connect(name.clone(), tcp).await?))
            }
        };
        let active = Rc::clone(active);
        Ok(Stream { inner, active })
    }
}

fn tls_of(target: &Target, host: &str) -> Result<(TlsConnector, ServerName<'static>), String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let mut config = if target.tls_verify {
        let roots = roots_of(target.tls_roots_pem.as_deref())?;
        builder.with_root_certificates(roots).with_no_client_auth()
    } else {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting(provider)))
            .with_no_client_auth()
    };
    config.alpn_protocols = match target.protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::Grpc => vec![b"h2".to_vec()],
    };
    let name = target.tls_server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| format!("`{name}` cannot be the name in a certificate"))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

fn roots_of(pem: Option<&str>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = pem else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "this machine has no trusted certificates (package ca-certificates)".into(),
            );
        }
        return Ok(roots);
    };
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate =
            certificate.map_err(|error| format!("the trusted roots are not PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("a trusted root cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err("the trusted roots hold no certificate".into());
    }
    Ok(roots)
}

/// For `tls_verify: false`: any certificate will do. Signatures are still checked.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// An open connection.
pub struct Stream {
    inner: Inner,
    /// Tells a polling thread that this turn had work in it.
    active: Rc<Cell<bool>>,
}

enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = match &mut this.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Inner::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        };
        if read.is_ready() {
            this.active.set(true);
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.active.set(true);
        match &mut this.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Inner::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.active.set(true);
        match &mut this.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_write_vectored(context, parts),
            Inner::Tls(tls) => Pin::new(tls).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.inner {
            Inner::Plain(tcp) => tcp.is_write_vectored(),
            Inner::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Inner::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Inner::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}
