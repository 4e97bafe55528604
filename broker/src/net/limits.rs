//! How many connections there may be, how long they may idle, and how much memory their unfinished requests may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What every connection of a broker keeps to.
#[derive(Debug)]
pub(crate) struct NetworkLimits {
    /// `connections.max.idle.ms`
    pub(crate) idle_max: Duration,
    /// `socket.request.max.bytes`
    pub(crate) request_size_max: usize,
    /// The room that an idle connection reads into, in bytes.
    pub(crate) buffer_size: usize,
    /// `queued.max.request.bytes`
    pub(crate) memory: MemoryBudget,
}

/// Counts connections, in all and by address.
#[derive(Debug)]
pub(crate) struct ConnectionLimits {
    max: usize,
    max_per_ip: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_ip: HashMap<IpAddr, usize>,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    limits: Arc<ConnectionLimits>,
    ip: IpAddr,
}

impl ConnectionLimits {
    pub(crate) fn new(max: usize, max_per_ip: usize) -> Arc<Self> {
        Arc::new(ConnectionLimits { max, max_per_ip, open: Mutex::default() })
    }

    /// A permit for a connection from `ip`; `None` when there are too many.
    pub(crate) fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<ConnectionPermit> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_ip = open.by_ip.get(&ip).copied().unwrap_or(0);
        if open.all >= self.max || of_ip >= self.max_per_ip {
            return None;
        }
        open.all += 1;
        open.by_ip.insert(ip, of_ip + 1);
        Some(ConnectionPermit { limits: Arc::clone(self), ip })
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.limits.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(count) = open.by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.by_ip.remove(&self.ip);
            }
        }
    }
}

/// Buffers up to this size are every connection's own; only what is larger counts against the budget.
pub(crate) const FREE_BUFFER_SIZE: usize = 64 * 1024;

/// The unit in which the budget is counted, so that it fits a semaphore on any machine.
const UNIT: usize = 4 * 1024;

/// The memory that unfinished and unanswered requests of all connections may take together.
#[derive(Debug, Clone)]
pub(crate) struct MemoryBudget {
    units: Arc<Semaphore>,
    all: usize,
}

/// Memory taken from the budget; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct MemoryShare {
    permit: Option<OwnedSemaphorePermit>,
}

impl MemoryBudget {
    /// A budget of `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        let all = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        MemoryBudget { units: Arc::new(Semaphore::new(all)), all }
    }

    /// Waits until `share` covers a buffer of `size` bytes. One request may be larger than the whole budget: it then
    /// takes all of it.
    pub(crate) async fn cover(&self, share: &mut MemoryShare, size: usize) {
        let wanted = size.saturating_sub(FREE_BUFFER_SIZE).div_ceil(UNIT).min(self.all);
        let held = share.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Ok(more) = u32::try_from(wanted.saturating_sub(held)) else { return };
        if more == 0 {
            return;
        }
        // The semaphore is never closed.
        if let Ok(permit) = Arc::clone(&self.units).acquire_many_owned(more).await {
            match &mut share.permit {
                Some(held) => held.merge(permit),
                none => *none = Some(permit),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_connection_too_many_is_refused_until_another_ends() {
        let limits = ConnectionLimits::new(2, usize::MAX);
        let first = limits.admit(HERE).unwrap();
        let _second = limits.admit(HERE).unwrap();
        assert!(limits.admit(HERE).is_none());
        drop(first);
        assert!(limits.admit(HERE).is_some());
    }

    #[test]
    fn one_address_may_not_take_all_connections() {
        let limits = ConnectionLimits::new(10, 1);
        let _first = limits.admit(HERE).unwrap();
        assert!(limits.admit(HERE).is_none());
        assert!(limits.admit("127.0.0.2".parse().unwrap()).is_some());
    }

    #[tokio::test]
    async fn a_request_waits_while_others_hold_the_memory() {
        let budget = MemoryBudget::new(1 << 20);
        let (mut first, mut second) = (MemoryShare::default(), MemoryShare::default());
        budget.cover(&mut first, 1 << 20).await;
        let mut waiting = Box::pin(budget.cover(&mut second, 1 << 20));
        assert!(futures_poll(&mut waiting));
        drop(first);
        waiting.await;
    }

    #[tokio::test]
    async fn small_buffers_and_requests_beyond_the_whole_budget_pass() {
        let budget = MemoryBudget::new(1 << 20);
        let (mut large, mut small) = (MemoryShare::default(), MemoryShare::default());
        budget.cover(&mut large, 1 << 30).await;
        budget.cover(&mut small, FREE_BUFFER_SIZE).await;
    }

    fn futures_poll(future: &mut std::pin::Pin<Box<impl Future<Output = ()>>>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.as_mut().poll(&mut context).is_pending()
    }
}
