//! The registers that a stack is walked from.
#![allow(unsafe_code)]

/// What a stack is walked from.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Registers {
    pub(crate) stack_pointer: usize,
    pub(crate) frame_pointer: usize,
    pub(crate) instruction: usize,
}

impl Registers {
    /// Here.
    #[inline(always)]
    pub(crate) fn now() -> Registers {
        let (stack_pointer, frame_pointer, instruction);
        // SAFETY: reads three registers.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            std::arch::asm!(
                "mov {}, rsp", "mov {}, rbp", "lea {}, [rip]",
                out(reg) stack_pointer, out(reg) frame_pointer, out(reg) instruction,
                options(nomem, nostack, preserves_flags),
            );
        }
        // SAFETY: reads three registers.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            std::arch::asm!(
                "mov {}, sp", "mov {}, x29", "adr {}, .",
                out(reg) stack_pointer, out(reg) frame_pointer, out(reg) instruction,
                options(nomem, nostack, preserves_flags),
            );
        }
        Registers { stack_pointer, frame_pointer, instruction }
    }
}

/// The stack pointer, now.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads one register.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: reads one register.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    sp
}
