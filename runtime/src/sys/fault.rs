//! One SIGSEGV handler that looks at a fault first and passes it on when it is not ours.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::ptr;
use std::sync::OnceLock;

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

fn stack_pointer(context: &libc::ucontext_t) -> usize {
    #[cfg(target_arch = "x86_64")]
    return context.uc_mcontext.gregs[libc::REG_RSP as usize] as usize;
    #[cfg(target_arch = "aarch64")]
    return context.uc_mcontext.sp as usize;
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    compile_error!("gopark runs on x86_64 and aarch64; add the stack pointer of this target here");
}

/// # Safety
/// Called by the kernel, for a signal that was installed with SA_SIGINFO.
unsafe extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(installed) = INSTALLED.get() else { return };
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo and ucontext.
    let fault = unsafe {
        Fault {
            address: (*info).si_addr() as usize,
            stack_pointer: stack_pointer(&*context.cast::<libc::ucontext_t>()),
        }
    };
    (installed.inspect)(fault);
    // SAFETY: the arguments are the kernel's own.
    unsafe { pass_on(&installed.previous, signal, info, context) };
}

/// Does what would have happened without us.
///
/// # Safety
/// Called inside the handler, with the kernel's arguments.
unsafe fn pass_on(
    previous: &libc::sigaction,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    match previous.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => {
            // Back to the default; the access is repeated on return and ends the process with a core file.
            // (A fault that is ignored ends the process as well, says signal(7).)
            // SAFETY: zeroes are a valid sigaction, SIG_DFL among them.
            let default: libc::sigaction = unsafe { mem::zeroed() };
            // SAFETY: sigaction(2) is async-signal-safe.
            unsafe { libc::sigaction(signal, &default, ptr::null_mut()) };
        }
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            type Action = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
            // SAFETY: whoever installed it with SA_SIGINFO promised this signature.
            let handler: Action = unsafe { mem::transmute::<usize, Action>(handler) };
            // SAFETY: called as the kernel would have called it.
            unsafe { handler(signal, info, context) };
        }
        handler => {
            // SAFETY: without SA_SIGINFO the handler takes the signal's number only.
            let handler: unsafe extern "C" fn(libc::c_int) = unsafe { mem::transmute(handler) };
            // SAFETY: called as the kernel would have called it.
            unsafe { handler(signal) };
        }
    }
}
