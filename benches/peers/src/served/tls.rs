//! The accepting end of TLS.

use std::io;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

/// With a certificate made for the occasion.
///
/// # Panics
/// It cannot be made.
pub fn config() -> Arc<ServerConfig> {
    make().expect("a certificate")
}

fn make() -> io::Result<Arc<ServerConfig>> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).map_err(io::Error::other)?;
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key.into())
        });
    Ok(Arc::new(config.map_err(io::Error::other)?))
}

/// Of one connection.
///
/// # Panics
/// It cannot be made.
pub fn session(config: &Arc<ServerConfig>) -> ServerConnection {
    ServerConnection::new(config.clone()).expect("a session")
}
