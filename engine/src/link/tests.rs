use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use super::{Link, Trouble};

const SHORT: Duration = Duration::from_millis(100);

/// Answers each byte with the same.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(1..) = client
                    .read(&mut bytes)
                    .and_then(|read| client.write_all(&bytes[..read]).map(|()| read))
                {
                }
            });
        }
    });
    address
}

fn connect(link: &Link) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, link.port()))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(text)?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn hears_nothing(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(SHORT)).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn is_reset(stream: &mut TcpStream) -> bool {
    stream
        .read(&mut [0])
        .is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
}

#[test]
fn what_is_sent_arrives_and_so_does_the_end() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    let large = vec![7; 300_000];
    let mut reader = stream.try_clone().unwrap();
    let expected = large.clone();
    let reading = thread::spawn(move || {
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        assert_eq!(all, expected);
    });
    stream.write_all(&large).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    reading.join().unwrap();
    assert_eq!(link.counted().connections, 1);
}

#[test]
fn slow_answers_come_later_and_in_their_order() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    link.set(Trouble::Slow {
        delay: SHORT,
        jitter: SHORT / 2,
        bytes_per_s: None,
    });
    let began = Instant::now();
    for part in [b"a", b"b", b"c"] {
        stream.write_all(part).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    let mut answer = [0; 3];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"abc");
    assert!(began.elapsed() >= SHORT / 2);
    assert!(began.elapsed() < SHORT * 4, "delays must not add up");
    link.set(Trouble::None);
    ask(&mut stream, b"after").unwrap();
    assert!((1..=3).contains(&link.counted().slowed));
}

#[test]
fn a_narrow_link_takes_its_time() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    link.set(Trouble::Slow {
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        bytes_per_s: NonZeroU64::new(20_000),
    });
    let began = Instant::now();
    ask(&mut stream, &[1; 4_000]).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(190));
}

#[test]
fn nothing_passes_a_blackhole_until_it_is_healed() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    link.set(Trouble::Blackhole);
    stream.write_all(b"held").unwrap();
    assert!(hears_nothing(&mut stream));
    assert_eq!(link.counted().held, 1);
    link.set(Trouble::None);
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"held");
}

#[test]
fn nor_does_an_end() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    link.set(Trouble::Blackhole);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(hears_nothing(&mut stream));
    link.set(Trouble::None);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn the_server_hears_what_it_answers_in_vain() {
    let link = Link::open(echo()).unwrap();
    let (mut asking, mut idle) = (connect(&link).unwrap(), connect(&link).unwrap());
    ask(&mut idle, b"before").unwrap();
    link.set(Trouble::LostReplies);
    asking.write_all(b"lost").unwrap();
    assert!(hears_nothing(&mut asking));
    assert_eq!(link.counted().lost, 1);
    link.set(Trouble::None);
    assert!(is_reset(&mut asking), "it has lost bytes");
    assert_eq!(ask(&mut idle, b"after").unwrap(), b"after");
}

#[test]
fn connections_are_reset_and_so_are_new_ones() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    link.set(Trouble::Reset);
    assert!(is_reset(&mut stream));
    assert!(connect(&link).is_ok_and(|mut other| other.read(&mut [0]).is_err()));
    link.set(Trouble::None);
    assert_eq!(
        ask(&mut connect(&link).unwrap(), b"after").unwrap(),
        b"after"
    );
    assert!(link.counted().cut >= 2);
}

#[test]
fn what_is_refused_is_let_in_again_when_it_is_healed() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    link.set(Trouble::Refuse);
    assert!(is_reset(&mut stream));
    let refused = connect(&link).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    link.set(Trouble::None);
    let mut again = connect(&link).unwrap();
    assert_eq!(ask(&mut again, b"after").unwrap(), b"after");
}

#[test]
fn a_server_that_is_not_there_resets_the_client() {
    // Bound, so that nobody else gets the port, and not listening.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap();
    let link = Link::open(nobody.local_addr().unwrap()).unwrap();
    assert!(is_reset(&mut connect(&link).unwrap()));
}

#[test]
fn a_link_that_is_dropped_is_gone() {
    let link = Link::open(echo()).unwrap();
    let mut stream = connect(&link).unwrap();
    ask(&mut stream, b"before").unwrap();
    let port = link.port();
    drop(link);
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}
