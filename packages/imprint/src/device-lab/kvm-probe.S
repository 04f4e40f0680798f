.intel_syntax noprefix
.code16
.globl _start
_start:
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  # page tables at 0x1000..0x3fff: PML4 -> PDPT -> one 2 MiB page, identity
  mov edi, 0x1000
  mov cr3, edi
  xor eax, eax
  mov ecx, 0xc00
  rep stosd
  mov word ptr [0x1000], 0x2003
  mov word ptr [0x2000], 0x3003
  mov word ptr [0x3000], 0x0083
  mov eax, cr4
  or eax, 0x40620        # PAE, OSFXSR, OSXMMEXCPT, OSXSAVE
  mov cr4, eax
  mov ecx, 0xc0000080
  rdmsr
  or ah, 1               # EFER.LME
  wrmsr
  mov eax, cr0
  or eax, 0x80000001
  mov cr0, eax
  lgdt [gdtr]
  ljmp 8, offset long_mode
.code64
long_mode:
  mov edi, 0x4000
  xor eax, eax
  xor edx, edx
  xor ebx, ebx
  mov ecx, 0x41
  lock cmpxchg16b [rdi]  # first is what Debian's allocator does early
  xor ecx, ecx
  xgetbv
  xsetbv
  mov edi, 0x5000
  mov eax, 3
  xor edx, edx
  xsave [rdi]
  xrstor [rdi]
  mov edx, 0xf4          # isa-debug-exit: the process ends with 2 * 0x2a + 1
  mov al, 0x2a
  out dx, al
  hlt
.align 8
gdt:
  .quad 0
  .quad 0x00209a0000000000
gdtr:
  .word gdtr - gdt - 1
  .long gdt
.org 510
.word 0xaa55
