//! The proxy does to connections what it is told, and nothing else.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use muster_testkit::{Fault, Proxy, Way};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Says back whatever it hears.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    address
}

fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).unwrap()
}

/// What comes back when all of it was said.
fn said(proxy: &Proxy, text: &[u8]) -> Vec<u8> {
    let mut stream = connect(proxy);
    let mut back = Vec::new();
    if stream.write_all(text).and_then(|()| stream.shutdown(Shutdown::Write)).is_ok() {
        let _ = stream.read_to_end(&mut back);
    }
    back
}

#[test]
fn without_a_fault_everything_passes() {
    let proxy = Proxy::to(echo());
    let long = b"0123456789".repeat(10_000);
    assert_eq!(said(&proxy, &long), long);
    assert_eq!(said(&proxy, b""), b"");
    proxy.passed(Way::There, 100_000);
    proxy.passed(Way::Back, 100_000);
    assert_eq!(proxy.connections(), 2);
}

#[test]
fn a_connection_is_refused_and_the_next_one_served() {
    let proxy = Proxy::to(echo());
    proxy.set(Fault::Refuse);
    assert_eq!(said(&proxy, b"hello"), b"");
    proxy.set(Fault::None);
    assert_eq!(said(&proxy, b"hello"), b"hello");
}

#[test]
fn an_answer_or_a_request_is_cut_at_a_byte() {
    let proxy = Proxy::to(echo());
    proxy.set(Fault::Cut(Way::Back, 3));
    assert_eq!(said(&proxy, b"hello"), b"hel");
    proxy.set(Fault::Cut(Way::There, 0));
    assert_eq!(said(&proxy, b"hello"), b"");
    // What is shorter is not cut.
    proxy.set(Fault::Cut(Way::Back, 5));
    assert_eq!(said(&proxy, b"hello"), b"hello");
}

#[test]
fn one_bit_of_one_byte_is_turned_wherever_pieces_end() {
    let proxy = Proxy::to(echo());
    proxy.set(Fault::Flip(Way::There, 1));
    assert_eq!(said(&proxy, b"hello"), b"hullo");
    let long = vec![0; 50_000];
    proxy.set(Fault::Flip(Way::Back, 40_000));
    let back = said(&proxy, &long);
    let turned: Vec<_> = back.iter().enumerate().filter(|(_, byte)| **byte != 0).collect();
    assert_eq!((back.len(), turned), (50_000, vec![(40_000, &0x10)]));
}

#[test]
fn silence_keeps_the_connection_open() {
    let proxy = Proxy::to(echo());
    proxy.set(Fault::Silence(Way::Back, 2));
    let mut stream = connect(&proxy);
    stream.write_all(b"hello").unwrap();
    let mut two = [0; 2];
    stream.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"he");
    // The rest came as far as the proxy, and is not told; nor is it said that anything ended.
    proxy.passed(Way::Back, 5);
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let kind = stream.read(&mut two).unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind}");
    // Until the cable is plugged in again.
    proxy.cut();
    stream.set_read_timeout(None).unwrap();
    assert!(matches!(stream.read(&mut two), Ok(0) | Err(_)));
}

#[test]
fn slow_bytes_arrive_all_the_same() {
    let proxy = Proxy::to(echo());
    proxy.set(Fault::Slow(2, Duration::ZERO));
    assert_eq!(said(&proxy, b"hello, everybody"), b"hello, everybody");
}

#[test]
fn what_is_open_can_be_cut_at_a_moment() {
    let proxy = Proxy::to(echo());
    let mut stream = connect(&proxy);
    stream.write_all(b"hello").unwrap();
    proxy.passed(Way::Back, 5);
    proxy.cut();
    let mut back = Vec::new();
    let _ = stream.read_to_end(&mut back);
    assert_eq!(back, b"hello");
    assert_eq!(said(&proxy, b"again"), b"again");
}

#[test]
fn a_server_that_comes_back_elsewhere_is_found_there() {
    let proxy = Proxy::to(echo());
    assert_eq!(said(&proxy, b"hello"), b"hello");
    // Nobody listens at the address of a listener that is gone.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    proxy.lead_to(gone);
    assert_eq!(said(&proxy, b"hello"), b"");
    proxy.lead_to(echo());
    assert_eq!(said(&proxy, b"again"), b"again");
    assert_eq!((proxy.bytes(Way::There), proxy.bytes(Way::Back)), (10, 10));
}
