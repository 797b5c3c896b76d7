//! A certificate for `localhost`, an authority that vouches for it, and what rustls and openssl make of them.

use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ALL_VERSIONS, SupportedProtocolVersion};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

pub(crate) struct Certificates {
    pub(crate) authority: CertificateDer<'static>,
    pub(crate) authority_pem: String,
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

/// Made by the first who asks; nothing in that waits.
pub(crate) static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| Certificates::new("trusted"));

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}

/// The accepting end of a session.
pub(crate) fn server() -> ServerConnection {
    ServerConnection::new(CERTIFICATES.server.clone()).unwrap()
}

/// The connecting end of a session with `localhost`.
pub(crate) fn client() -> ClientConnection {
    ClientConnection::new(CERTIFICATES.client.clone(), localhost()).unwrap()
}

/// The same in this version alone.
pub(crate) fn client_of(version: &'static SupportedProtocolVersion) -> ClientConnection {
    let config = client_config(&CERTIFICATES.authority, &[version]);
    ClientConnection::new(Arc::new(config), localhost()).unwrap()
}

/// One that trusts another authority.
pub(crate) fn distrustful() -> ClientConnection {
    let config = client_config(&Certificates::new("another").authority, ALL_VERSIONS);
    ClientConnection::new(Arc::new(config), localhost()).unwrap()
}

fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

impl Certificates {
    /// By an authority of this name.
    fn new(authority: &str) -> Certificates {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);

        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        Certificates {
            authority: authority.der().clone(),
            authority_pem: authority.pem(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            server: Arc::new(server_config(certificate.der(), &key)),
            client: Arc::new(client_config(authority.der(), ALL_VERSIONS)),
        }
    }
}

fn server_config(certificate: &CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(ALL_VERSIONS)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap()
}

fn client_config(
    authority: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut trusted = RootCertStore::empty();
    trusted.add(authority.clone()).unwrap();
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth()
}
