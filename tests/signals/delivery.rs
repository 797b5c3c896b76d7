//! Who gets what.

use crate::child::in_child;
use crate::raise::raise;
use crate::watchdog::bounded;
use gopark::chan::{RecvTimeoutError, TryRecvError, bounded as channel};
use gopark::net::{TcpListener, TcpStream};
use gopark::signal::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGTERM, SIGURG, SIGUSR1, SIGUSR2, SIGWINCH, Signal, notify,
};
use gopark::{Runtime, go, select, with_timeout};
use std::io::Read;
use std::thread;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn coroutines_and_threads_receive_them() {
    bounded(|| {
        let signals = notify(&[SIGUSR1]);
        let (tell, told) = channel(0);
        let (of_thread, of_coroutine) = (signals.clone(), signals.clone());
        let tells = tell.clone();
        let thread =
            thread::spawn(move || of_thread.iter().take(1).for_each(|signal| tells.send(signal).unwrap()));
        let runtime = Runtime::builder().workers(1).build().expect("a runtime");
        let coroutine = runtime.spawn(move || tell.send(of_coroutine.recv().unwrap()).unwrap());
        for _ in 0..2 {
            raise(SIGUSR1);
            assert_eq!(told.recv(), Ok(SIGUSR1));
        }
        thread.join().expect("no panic");
        coroutine.join().expect("no panic");
        assert_eq!(signals.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn each_receiver_gets_what_it_asked_for() {
    bounded(|| {
        let (both, one) = (notify(&[SIGUSR2, SIGWINCH]), notify(&[SIGWINCH]));
        raise(SIGUSR2);
        assert_eq!(both.recv(), Ok(SIGUSR2));
        raise(SIGWINCH);
        assert_eq!((both.recv(), one.recv()), (Ok(SIGWINCH), Ok(SIGWINCH)));
        drop(both);
        raise(SIGWINCH);
        assert_eq!(one.recv(), Ok(SIGWINCH));
        assert_eq!(one.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn numbers_will_do() {
    bounded(|| {
        let (real_time, standard) = (libc::SIGRTMIN() + 3, libc::SIGALRM);
        let signals = notify(&[real_time, standard]);
        raise(real_time);
        assert_eq!(signals.recv().expect("never disconnected"), real_time);
        raise(SIGALRM);
        assert_eq!(signals.recv().expect("never disconnected"), SIGALRM);
        assert_eq!((Signal::from(real_time)).number(), real_time);
    });
}

/// A server's loop: connections, and the signal that ends it.
#[test]
fn an_accept_loop_ends_by_a_signal() {
    fn serves() {
        let runtime = Runtime::builder().workers(2).build().expect("a runtime");
        runtime.run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
            let address = listener.local_addr().expect("bound");
            let stop = notify(&[SIGINT, SIGTERM]);
            let server = go(move || {
                for served in 0.. {
                    select! {
                        recv(stop) -> signal => return (served, signal),
                        readable(listener) -> ready => {
                            ready.expect("a listener");
                            drop(listener.accept().expect("somebody connects"));
                        }
                    }
                }
                unreachable!()
            });
            for _ in 0..3 {
                let mut conn = TcpStream::connect(address).expect("it listens");
                assert_eq!(conn.read(&mut [0]).expect("it closes"), 0);
            }
            raise(SIGTERM);
            assert_eq!(server.join().expect("no panic"), (3, Ok(SIGTERM)));
        });
    }
    in_child(an_accept_loop_ends_by_a_signal, &[], serves).succeeded();
}

/// Nobody takes them: what is too much is left out, and the next ones come again.
#[test]
fn a_flood_is_cut() {
    bounded(|| {
        let signals = notify(&[SIGURG, SIGIO]);
        let gets_all = notify(&[SIGURG]);
        for _ in 0..400 {
            raise(SIGURG);
            assert_eq!(gets_all.recv(), Ok(SIGURG));
        }
        assert!(signals.len() <= 256, "{} are kept", signals.len());
        assert!(signals.try_iter().all(|signal| signal == SIGURG));
        raise(SIGIO);
        assert_eq!(signals.recv(), Ok(SIGIO));
    });
}

#[test]
fn a_deadline_ends_the_wait() {
    bounded(|| {
        let signals = notify(&[SIGHUP]);
        assert_eq!(signals.recv_timeout(Duration::from_millis(2)), Err(RecvTimeoutError::Timeout));
        let late = Runtime::builder()
            .workers(1)
            .build()
            .expect("a runtime")
            .run(|| with_timeout(Duration::from_millis(2), || signals.recv_timeout(HOUR)));
        assert_eq!(late, Err(RecvTimeoutError::Disconnected));
    });
}

/// Asking often costs nothing that stays.
#[test]
fn ten_thousand_receivers_one_after_the_other() {
    bounded(|| {
        (0..10_000).for_each(|_| drop(notify(&[SIGCONT])));
        let nothing = notify::<Signal>(&[]);
        let last = notify(&[SIGCONT]);
        raise(SIGCONT);
        assert_eq!(last.recv(), Ok(SIGCONT));
        assert_eq!(nothing.try_recv(), Err(TryRecvError::Empty));
    });
}
