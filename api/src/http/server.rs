//! The accept loop: loopback only, few connections, short patience for slow clients.

use crate::wording::fault_of;
use axum::Router;
use engine::model::phrase::system_fault;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections served at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 64;
/// Time in which a client must have sent its request head.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// Time after which a connection is closed whatever it does.
const CONNECTION_LIFE: Duration = Duration::from_secs(600);

/// Serves until interrupted.
///
/// # Errors      the address is not loopback, or cannot be bound
pub(crate) fn serve(
    router: Router,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        return Err(fault_of(
            format!(
                "{listen}: only loopback addresses are served (127.0.0.1 or [::1]), since there are no accounts"
            ),
            format!(
                "{listen}: solo se sirve en direcciones del propio equipo (127.0.0.1 o [::1]), porque no hay cuentas"
            ),
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind(listen).await.map_err(|e| {
            fault_of(
                format!("{listen}: {e}; another program may listen there: choose another with --listen"),
                format!(
                    "{listen}: {}; quizá otro programa escucha allí: elija otra con --listen",
                    system_fault(&e)
                ),
            )
        })?;
        ready(listener.local_addr()?);
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let permit = Arc::clone(&permits).acquire_owned().await?;
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // A client that went away while connecting is no reason to stop serving others.
                    Err(_) => continue,
                },
                _ = tokio::signal::ctrl_c() => return Ok(()),
            };
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_PATIENCE)
                    .max_buf_size(64 * 1024)
                    .serve_connection(TokioIo::new(stream), service);
                // Broken connections are the client's affair.
                let _ = tokio::time::timeout(CONNECTION_LIFE, connection).await;
                drop(permit);
            });
        }
    })
}
