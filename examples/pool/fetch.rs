//! Getting one page, and finding its links.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use gopark::net::TcpStream;

/// The body of a page.
///
/// # Errors
/// Those of the connection, which the caller's deadline bounds; `InvalidData` for anything but a page.
pub(crate) fn fetch(site: SocketAddr, page: u64) -> io::Result<String> {
    let mut connection = TcpStream::connect(site)?;
    write!(connection, "GET /{page} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.0 200 ") => Ok(body.to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "no page")),
    }
}

/// To where it links.
pub(crate) fn links(body: &str) -> impl Iterator<Item = u64> {
    body.split("<a href=\"/").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn links_are_found_and_what_is_none_is_not() {
        let body = "<a href=\"/7\">x</a> /9 <a href=\"/x\"> <a href=\"/12\">";
        assert_eq!(links(body).collect::<Vec<_>>(), [7, 12]);
    }
}
