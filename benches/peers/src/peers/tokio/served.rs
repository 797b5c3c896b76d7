//! The servers, with tokio's sockets and channels.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_rustls::TlsAcceptor;

use crate::library::Tell;
use crate::load::{Kind, MESSAGE};
use crate::served::fan_out::PLACES;
use crate::served::http::Conversation;
use crate::served::{skew, tls};

/// Serves such clients. Does not come back.
///
/// # Errors
/// There is no port.
pub fn serve(workers: usize, kind: Kind, tell: Tell) -> io::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(workers).enable_io().build()?;
    let served = async move {
        match kind {
            Kind::Echo | Kind::Idle => each(tell, |stream| echo(stream, |_| {})).await,
            Kind::Skew => each(tell, |stream| echo(stream, skew::compute)).await,
            Kind::Http => each(tell, http).await,
            Kind::IdleTls => {
                let acceptor = TlsAcceptor::from(tls::config());
                each(tell, move |stream| {
                    let handshake = acceptor.accept(stream);
                    async move {
                        if let Ok(stream) = handshake.await {
                            echo(stream, |_| {}).await;
                        }
                    }
                })
                .await
            }
            Kind::FanOut => fan_out(tell).await,
        }
    };
    // A task of its own: `block_on` runs what it is given on the calling thread.
    runtime.block_on(async { tokio::spawn(served).await? })
}

async fn listen(tell: Tell) -> io::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tell.send(listener.local_addr()?).map_err(io::Error::other)?;
    Ok(listener)
}

async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A task for each connection.
async fn each<F: Future<Output = ()> + Send + 'static>(
    tell: Tell,
    serve: impl Fn(TcpStream) -> F,
) -> io::Result<()> {
    let listener = listen(tell).await?;
    loop {
        tokio::spawn(serve(accept(&listener).await?));
    }
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin, work: impl Fn(&[u8])) {
    let mut buf = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut buf).await {
        work(&buf[..count]);
        if stream.write_all(&buf[..count]).await.is_err() || stream.flush().await.is_err() {
            break;
        }
    }
}

async fn http(mut stream: TcpStream) {
    let mut conversation = Conversation::new();
    while let Ok(count @ 1..) = stream.read(conversation.room()).await {
        match conversation.answers_after(count) {
            Ok(answers) if stream.write_all(answers).await.is_ok() => {}
            _ => break,
        }
    }
}

enum Event {
    Joined(Sender<Arc<[u8]>>),
    Said(Arc<[u8]>),
}

/// As `served::fan_out` does it.
async fn fan_out(tell: Tell) -> io::Result<()> {
    let (events, happened) = channel(PLACES);
    tokio::spawn(tell_all(happened));
    let listener = listen(tell).await?;
    loop {
        let (half, other_half) = accept(&listener).await?.into_split();
        let (hears, heard) = channel(PLACES);
        tokio::spawn(write(other_half, heard));
        events.send(Event::Joined(hears)).await.map_err(io::Error::other)?;
        tokio::spawn(read(half, events.clone()));
    }
}

async fn tell_all(mut happened: Receiver<Event>) {
    let mut all = Vec::new();
    while let Some(event) = happened.recv().await {
        match event {
            Event::Joined(hears) => {
                hears.send(Arc::new([0; MESSAGE])).await.expect("nobody leaves");
                all.push(hears);
            }
            Event::Said(message) => {
                for hears in &all {
                    hears.send(message.clone()).await.expect("nobody leaves");
                }
            }
        }
    }
}

async fn write(mut stream: OwnedWriteHalf, mut heard: Receiver<Arc<[u8]>>) {
    while let Some(message) = heard.recv().await {
        if stream.write_all(&message).await.is_err() {
            break;
        }
    }
}

async fn read(mut stream: OwnedReadHalf, says: Sender<Event>) {
    let mut message = [0; MESSAGE];
    while stream.read_exact(&mut message).await.is_ok() {
        says.send(Event::Said(Arc::new(message))).await.expect("nobody leaves");
    }
}
