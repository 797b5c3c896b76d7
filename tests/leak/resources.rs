//! Sockets, timers and permits that are alive, with the line that made them.

use std::sync::Arc;
use std::time::Duration;

use gopark::dump::{Resource, ResourceKind};
use gopark::leak::{Leak, Scope};
use gopark::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use gopark::sync::Semaphore;

/// What the scope has, besides coroutines.
fn resources(scope: &Scope) -> Vec<Resource> {
    let resource = |leak| match leak {
        Leak::Resource(resource) => Some(resource),
        _ => None,
    };
    scope.leaks().into_iter().filter_map(resource).collect()
}

fn lines(scope: &Scope) -> Vec<u32> {
    let line = |resource: Resource| {
        assert!(resource.made_at.file.ends_with("tests/leak/resources.rs"), "{resource}");
        resource.made_at.line
    };
    resources(scope).into_iter().map(line).collect()
}

#[test]
fn sockets_are_told_with_the_line_that_opened_them() {
    let scope = Scope::new();
    let line = line!();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (one, other) = UnixStream::pair().unwrap();
    let std_made = TcpStream::from(std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap());
    let timely = TcpStream::connect_timeout(&listener.local_addr().unwrap(), Duration::from_secs(9)).unwrap();
    let next = listener.incoming().next().unwrap().unwrap();
    let expected = [1, 2, 3, 4, 5, 5, 6, 7, 8].map(|after| line + after);
    assert_eq!(lines(&scope), expected);
    let named = resources(&scope).into_iter().nth(1).unwrap();
    let ResourceKind::Socket(socket) = named.kind else { panic!("{named:?}") };
    assert_eq!(socket.peer, Some(listener.local_addr().unwrap().to_string()));
    drop((client, server, datagrams, one, other, timely, next));
    assert_eq!(lines(&scope), [line + 1, line + 6]);
    drop(std::net::TcpStream::from(std_made)); // given away, so no longer ours
    drop(listener);
    scope.assert_none(Duration::ZERO);
}

#[test]
fn a_clone_keeps_a_socket_alive() {
    let scope = Scope::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let same = listener.try_clone().unwrap();
    drop(listener);
    assert_eq!(lines(&scope).len(), 1);
    drop(same);
    scope.assert_none(Duration::ZERO);
}

#[test]
fn permits_and_timers_are_told_until_they_end() {
    let semaphore = Arc::new(Semaphore::new(9));
    let scope = Scope::new();
    let line = line!();
    let permit = semaphore.acquire_many(2);
    let tried = semaphore.try_acquire().unwrap();
    let owned = semaphore.acquire_owned();
    let owned_too = semaphore.try_acquire_owned().unwrap();
    let timed = semaphore.acquire_timeout(Duration::from_secs(1)).unwrap();
    let ticks = gopark::time::tick(Duration::from_secs(1));
    let alarm = gopark::time::after(Duration::from_secs(1));
    assert_eq!(lines(&scope), (line + 1..=line + 7).collect::<Vec<_>>());
    let first = resources(&scope).remove(0);
    assert!(matches!(first.kind, ResourceKind::Permits { count: 2, .. }), "{first}");
    permit.forget(); // meant to
    drop((tried, owned, owned_too, timed, ticks, alarm));
    scope.assert_none(Duration::ZERO);
}

#[test]
fn contexts_and_channels_without_end_are_no_timers() {
    let scope = Scope::new();
    let context = gopark::Context::background().with_timeout(Duration::from_secs(1));
    let never = gopark::chan::never::<u32>();
    assert!(lines(&scope).is_empty());
    drop((context, never));
}

#[test]
fn what_others_make_is_not_of_the_scope() {
    let scope = Scope::new();
    let (open, _port) = std::thread::spawn(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap();
        (listener, port)
    })
    .join()
    .unwrap();
    assert!(lines(&scope).is_empty());
    drop(open);
}

#[test]
fn what_a_coroutine_of_the_scope_makes_is() {
    let scope = Scope::new();
    let listener = gopark::run(|| gopark::go(|| TcpListener::bind("127.0.0.1:0").unwrap()).join().unwrap());
    assert_eq!(lines(&scope), [line!() - 1]);
    let text = {
        let told =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scope.assert_none(Duration::ZERO)));
        *told.unwrap_err().downcast::<String>().unwrap()
    };
    assert!(text.contains("socket, descriptor") && text.contains("resources.rs:"), "{text}");
    drop(listener);
    scope.assert_none(Duration::ZERO);
}
