//! The registers of whoever was interrupted by a signal.

use super::registers::Registers;

/// Where it stood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted {
    pub(crate) registers: Registers,
    /// Where the innermost function returns to, if it has called none (aarch64).
    pub(crate) link: usize,
}

impl Interrupted {
    pub(crate) const NOWHERE: Interrupted =
        Interrupted { registers: Registers { stack_pointer: 0, frame_pointer: 0, instruction: 0 }, link: 0 };

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn from_context(context: &libc::ucontext_t) -> Interrupted {
        let register = |number: libc::c_int| context.uc_mcontext.gregs[number as usize] as usize;
        let registers = Registers {
            stack_pointer: register(libc::REG_RSP),
            frame_pointer: register(libc::REG_RBP),
            instruction: register(libc::REG_RIP),
        };
        Interrupted { registers, link: 0 }
    }

    #[cfg(target_arch = "aarch64")]
    pub(crate) fn from_context(context: &libc::ucontext_t) -> Interrupted {
        let machine = &context.uc_mcontext;
        let registers = Registers {
            stack_pointer: machine.sp as usize,
            frame_pointer: machine.regs[29] as usize,
            instruction: machine.pc as usize,
        };
        Interrupted { registers, link: machine.regs[30] as usize }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn from_context(_: &libc::ucontext_t) -> Interrupted {
        compile_error!("gopark runs on x86_64 and aarch64; add the registers of this target here");
    }
}
