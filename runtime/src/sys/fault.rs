//! One SIGSEGV handler that looks at a fault first and passes it on when it is not ours.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::ptr;
use std::sync::OnceLock;

use super::context::Interrupted;
use super::handler::pass_on;

/// Where a memory access failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The address that was touched.
    pub(crate) address: usize,
    /// The stack pointer at that moment.
    pub(crate) stack_pointer: usize,
}

/// Looks at a fault, in a signal handler: must not allocate, lock or panic. Returning means "not mine".
pub(crate) type Inspector = fn(Fault);

struct Installed {
    inspect: Inspector,
    previous: libc::sigaction,
}

// Read inside the handler by `get`, which is one atomic load and takes no lock.
static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Installs the handler once a process; later calls change nothing.
pub(crate) fn install(inspect: Inspector) -> io::Result<()> {
    let mut result = Ok(());
    INSTALLED.get_or_init(|| {
        // SAFETY: sigaction is plain data for which zeroes are valid.
        let mut previous: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: a null new action only reads the present one.
        if unsafe { libc::sigaction(libc::SIGSEGV, ptr::null(), &mut previous) } != 0 {
            result = Err(io::Error::last_os_error());
        }
        Installed { inspect, previous }
    });
    // Only now, with INSTALLED complete, may the handler run.
    // SAFETY: as above.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = on_fault as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    // Not again later: by then somebody else's handler may stand before ours and pass on to it.
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: on_fault has the signature that SA_SIGINFO asks for and is async-signal-safe.
        if unsafe { libc::sigaction(libc::SIGSEGV, &action, ptr::null_mut()) } != 0 {
            result = Err(io::Error::last_os_error());
        }
    });
    result
}

/// # Safety
/// Called by the kernel, for a signal that was installed with SA_SIGINFO.
unsafe extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(installed) = INSTALLED.get() else { return };
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo and ucontext.
    let fault = unsafe {
        Fault {
            address: (*info).si_addr() as usize,
            stack_pointer: Interrupted::from_context(&*context.cast()).registers.stack_pointer,
        }
    };
    (installed.inspect)(fault);
    // SAFETY: the arguments are the kernel's own.
    unsafe { pass_on(&installed.previous, signal, info, context) };
}
