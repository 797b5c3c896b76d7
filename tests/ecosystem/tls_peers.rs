//! TLS with openssl at the other end.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use gopark::go;
use gopark::net::TcpStream;
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, StreamOwned};

use crate::certificates::{CERTIFICATES, client_of, server};
use crate::loopback::{in_coroutines, listener};
use crate::programs::{Folder, Running, program};

/// The program, and a folder with what it has to know.
fn openssl() -> Option<(PathBuf, Folder)> {
    let found = program("openssl")?;
    let folder = Folder::new();
    folder.file("authority.pem", &CERTIFICATES.authority_pem);
    folder.file("certificate.pem", &CERTIFICATES.certificate_pem);
    folder.file("key.pem", &CERTIFICATES.key_pem);
    Some((found, folder))
}

/// Its client trusts our certificate, says a line, and hears the answer up to our close_notify.
#[test]
fn openssl_as_client() {
    in_coroutines(|| {
        let Some((openssl, folder)) = openssl() else { return };
        let authority = folder.path("authority.pem");
        for (option, version) in
            [("-tls1_2", ProtocolVersion::TLSv1_2), ("-tls1_3", ProtocolVersion::TLSv1_3)]
        {
            let (listener, address) = listener();
            let answers = go(move || {
                let mut stream = BufReader::new(StreamOwned::new(server(), listener.accept().unwrap().0));
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                let session = stream.get_mut();
                write!(session, "you said {line}").unwrap();
                // More than one record, so that the client has to go on reading.
                session.write_all("0123456789\n".repeat(10_000).as_bytes()).unwrap();
                session.conn.send_close_notify();
                session.flush().unwrap();
                // Its own close_notify, or its end.
                let _ = session.read(&mut [0; 16]);
                (line, session.conn.protocol_version())
            });
            let address = address.to_string();
            let mut peer = Running::start(
                &openssl,
                &[
                    &"s_client",
                    &"-quiet",
                    &"-verify_return_error",
                    &option,
                    &"-servername",
                    &"localhost",
                    &"-verify_hostname",
                    &"localhost",
                    &"-CAfile",
                    &authority,
                    &"-connect",
                    &address,
                ],
            );
            peer.hears("good morning\n");
            let heard = peer.ends();
            assert_eq!(answers.join().unwrap(), ("good morning\n".to_owned(), Some(version)));
            let rest = heard.strip_prefix("you said good morning\n").expect("the answer");
            assert!(rest == "0123456789\n".repeat(10_000), "{} bytes", rest.len());
        }
    });
}

/// Its server sends every line back, reversed.
#[test]
fn openssl_as_server() {
    in_coroutines(|| {
        let Some((openssl, folder)) = openssl() else { return };
        let (certificate, key) = (folder.path("certificate.pem"), folder.path("key.pem"));
        for version in [&TLS12, &TLS13] {
            let mut peer = Running::start(
                &openssl,
                &[&"s_server", &"-rev", &"-accept", &"127.0.0.1:0", &"-cert", &certificate, &"-key", &key],
            );
            let (line, _output) = peer.says("ACCEPT");
            let address = line.trim_start_matches("ACCEPT").trim().to_owned();
            // It takes one connection at a time.
            for round in 0..3 {
                let conn = TcpStream::connect(address.as_str()).unwrap();
                conn.set_nodelay(true).unwrap();
                let mut stream = BufReader::new(StreamOwned::new(client_of(version), conn));
                for said in ["abcdef", &"xyz".repeat(1000), &round.to_string()] {
                    stream.get_mut().write_all(format!("{said}\n").as_bytes()).unwrap();
                    let mut heard = String::new();
                    stream.read_line(&mut heard).unwrap();
                    assert!(said.chars().rev().eq(heard.trim_end().chars()), "{heard}");
                }
                let session = stream.get_mut();
                assert_eq!(session.conn.protocol_version(), Some(version.version));
                session.conn.send_close_notify();
                session.flush().unwrap();
            }
        }
    });
}
