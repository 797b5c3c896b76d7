//! A subscriber that can be asked where the caller is.

use std::sync::Once;

use tracing::Subscriber;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

/// Installs it, once a process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registry = Registry::default().with(tracing_subscriber::layer::Identity::new());
        tracing::subscriber::set_global_default(registry).expect("the only one");
    });
}

/// The names of the spans that the caller is in, from the outermost.
pub(crate) fn spans() -> Vec<&'static str> {
    tracing::dispatcher::get_default(|subscriber| {
        let registry = subscriber.downcast_ref::<Registry>().expect("it was installed");
        let current = registry.current_span().id().cloned();
        let innermost = current.and_then(|id| registry.span(&id));
        innermost.map_or_else(Vec::new, |span| span.scope().from_root().map(|span| span.name()).collect())
    })
}
