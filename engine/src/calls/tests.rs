use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;

use super::{Calls, Harm, Pattern, Picked};

const SHORT: Duration = Duration::from_millis(100);

/// Answers each request with its own path, and counts them.
fn server() -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, counted) = (client.unwrap(), Arc::clone(&counted));
            thread::spawn(move || {
                while let Some(head) = head_of(&mut client) {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{path}",
                        path.len()
                    );
                    client.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    (address, asked)
}

/// Up to the empty line; None where the connection has ended.
fn head_of(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn connect(calls: &Calls) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, calls.port())).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream
}

fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
}

/// (status, body)
fn ask(stream: &mut TcpStream, path: &str) -> (u16, String) {
    send(stream, path);
    answer(stream)
}

fn answer(stream: &mut TcpStream) -> (u16, String) {
    let head = head_of(stream).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

fn picked(path: &str, harm: Harm, next: u64) -> Picked {
    let pattern = Pattern {
        method: Some(Method::POST),
        path: Some(path.into()),
    };
    Picked::new(pattern, harm, next)
}

#[test]
fn what_is_asked_is_answered() {
    let calls = Calls::open(server().0).unwrap();
    let mut stream = connect(&calls);
    assert_eq!(ask(&mut stream, "/a"), (200, "/a".into()));
    assert_eq!(ask(&mut stream, "/b?c=d"), (200, "/b?c=d".into()));
}

#[test]
fn the_next_two_of_a_path_fail_and_the_server_is_not_told() {
    let (address, asked) = server();
    let calls = Calls::open(address).unwrap();
    let mut stream = connect(&calls);
    calls.pick(Some(picked("/pay/{id}", Harm::Fail, 2)));
    let statuses: Vec<u16> = ["/pay/1", "/look", "/pay/2", "/pay/3"]
        .iter()
        .map(|path| ask(&mut stream, path).0)
        .collect();
    assert_eq!(statuses, [503, 200, 503, 200]);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(calls.counted().failed, 2);
}

#[test]
fn one_answer_comes_late() {
    let calls = Calls::open(server().0).unwrap();
    let mut stream = connect(&calls);
    let slow = Harm::Slow {
        delay: SHORT,
        jitter: Duration::ZERO,
    };
    calls.pick(Some(picked("/pay", slow, 1)));
    let began = Instant::now();
    assert_eq!(ask(&mut stream, "/pay").0, 200);
    assert!(began.elapsed() >= SHORT);
    assert_eq!(ask(&mut stream, "/pay").0, 200);
    assert_eq!(calls.counted().slowed, 1);
}

#[test]
fn an_answer_is_lost_and_the_server_has_heard() {
    let (address, asked) = server();
    let calls = Calls::open(address).unwrap();
    let (mut losing, mut other) = (connect(&calls), connect(&calls));
    calls.pick(Some(picked("/pay", Harm::LoseReply, 1)));
    send(&mut losing, "/pay");
    losing.set_read_timeout(Some(SHORT)).unwrap();
    let error = losing.read(&mut [0]).unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(ask(&mut other, "/pay").0, 200);
    assert_eq!(calls.counted().lost, 1);
    calls.pick(None);
    losing
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    assert!(matches!(losing.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn a_call_of_grpc_fails_as_grpc_says() {
    let calls = Calls::open(server().0).unwrap();
    calls.pick(Some(picked("/shop.Till/Pay", Harm::Fail, 1)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let status = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, calls.port()))
            .await
            .unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let request = http::Request::post("http://x/shop.Till/Pay")
            .header("content-type", "application/grpc")
            .body(())
            .unwrap();
        let (answer, mut body) = client.send_request(request, false).unwrap();
        body.send_data(Bytes::from_static(b"\0\0\0\0\0"), true)
            .unwrap();
        answer.await.unwrap().headers()["grpc-status"].clone()
    });
    assert_eq!(status, "14");
}

#[test]
fn what_is_no_http_passes_as_it_is() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let calls = Calls::open(listener.local_addr().unwrap()).unwrap();
    calls.pick(Some(picked("/pay", Harm::Fail, 1)));
    let mut client = connect(&calls);
    client.write_all(&[0, 0, 0, 8]).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let mut heard = [0; 4];
    server.read_exact(&mut heard).unwrap();
    server.write_all(b"S").unwrap();
    client.read_exact(&mut heard[..1]).unwrap();
    assert_eq!(heard, [b'S', 0, 0, 8]);
}

#[test]
fn it_is_gone_when_it_is_dropped() {
    let calls = Calls::open(server().0).unwrap();
    let mut stream = connect(&calls);
    assert_eq!(ask(&mut stream, "/a").0, 200);
    let port = calls.port();
    drop(calls);
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}
