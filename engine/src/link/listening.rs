use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use super::carrying::carry;
use super::counts::Counts;
use super::trouble::Trouble;

const BACKLOG: u32 = 1024;
/// Before another try where clients come faster than files can be opened.
const BREATH: Duration = Duration::from_millis(10);

/// A port of ours, whether anybody is let in or not.
pub struct Door {
    port: u16,
    /// The socket keeps its place where nobody is let in: the kernel refuses for it.
    held: Held,
}

enum Held {
    Open(TcpListener),
    Shut(#[expect(dead_code, reason = "it is there to be bound")] TcpSocket),
    /// Neither could be had; each turn of the trouble tries again.
    Lost,
}

impl Door {
    /// Port 0: any that is free.
    pub fn open(port: u16) -> io::Result<Self> {
        let listener = bound(port)?.listen(BACKLOG)?;
        Ok(Self {
            port: listener.local_addr()?.port(),
            held: Held::Open(listener),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn fit(&mut self, trouble: Trouble) {
        let open = matches!(self.held, Held::Open(_));
        if open != (trouble == Trouble::Refuse) {
            return;
        }
        // Only one socket at a time may have the port.
        self.held = Held::Lost;
        self.held = match bound(self.port) {
            Ok(socket) if open => Held::Shut(socket),
            Ok(socket) => socket.listen(BACKLOG).map_or(Held::Lost, Held::Open),
            Err(_) => Held::Lost,
        };
    }

    async fn next(&self) -> TcpStream {
        let Held::Open(listener) = &self.held else {
            return pending().await;
        };
        loop {
            match listener.accept().await {
                Ok((client, _)) => return client,
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }
}

fn bound(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}

/// Until nobody holds the other end of `trouble` any more; each turn of it is answered.
pub async fn serve(
    mut door: Door,
    server: SocketAddr,
    mut trouble: watch::Receiver<Trouble>,
    door_turned: mpsc::Sender<()>,
    counts: Arc<Counts>,
) {
    loop {
        tokio::select! {
            turned = trouble.changed() => {
                if turned.is_err() {
                    return;
                }
                door.fit(*trouble.borrow_and_update());
                let _ = door_turned.send(());
            }
            client = door.next() => {
                counts.connected();
                tokio::spawn(carry(client, server, trouble.clone(), Arc::clone(&counts)));
            }
        }
    }
}
