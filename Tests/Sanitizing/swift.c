// What ThreadSanitizer must be shown of Swift, linked into the sanitized build alone.
#include <sched.h>
#include <stdint.h>

#define SWIFT_METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

// Synchronization.Mutex takes its lock by one atomic exchange, which the compiler inlines into our code and the sanitizer sees. Only when somebody
// else has it does it call into libswiftSynchronization, which no sanitizer has seen: whoever gets the lock there looks as if they had none, and
// every contended lock is a race. So the slow way is done here once more, in the open: the word is 0, or the holder's thread id
// (stdlib/public/Synchronization/Mutex/LinuxImpl.swift).
SWIFT_METHOD void lockSlow(uint32_t thread, SELF _Atomic(uint32_t) *word) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

SWIFT_METHOD void lockSlow(uint32_t thread, SELF _Atomic(uint32_t) *word) {
  for (;;) {
    uint32_t free = 0;
    if (__c11_atomic_compare_exchange_strong(word, &free, thread, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    sched_yield();
  }
}

// An inout counts as a write, and is told to the sanitizer by its address. One of an empty type (SystemRandomNumberGenerator) has none, and the
// sanitizer dies of it. What is really written is watched all the same.
void __wrap___tsan_external_write(void *address, void *caller, void *tag) {
  (void)address, (void)caller, (void)tag;
}

// A continuation that is resumed before its task waits for it goes on without the scheduler, and the handing over is in libswift_Concurrency alone,
// which no sanitizer has seen: what was written before it was resumed looks like a race with what reads it then. The task is what both sides know.
void __tsan_acquire(void *address);
void __tsan_release(void *address);
SWIFT_METHOD void *swift_task_getCurrent(void);

// A CheckedContinuation is a reference to its canary, whose first field is the task (stdlib/public/Concurrency/CheckedContinuation.swift).
struct canary {
  void *header[2];
  void *task;
};

#define RESUME(name, symbol)                                                                                                         \
  SWIFT_METHOD void real_##name(void *value, void *type, SELF struct canary **continuation) __asm__("__real_" symbol);               \
  SWIFT_METHOD void wrap_##name(void *value, void *type, SELF struct canary **continuation) __asm__("__wrap_" symbol);               \
  SWIFT_METHOD void wrap_##name(void *value, void *type, SELF struct canary **continuation) {                                        \
    __tsan_release((*continuation)->task);                                                                                           \
    real_##name(value, type, continuation);                                                                                          \
  }

RESUME(returning, "$sScC6resume9returningyxn_tF")
RESUME(throwing, "$sScC6resume8throwingyq_n_tF")

__attribute__((swiftasynccall)) void __real_swift_continuation_await(void *context);

__attribute__((swiftasynccall)) void __wrap_swift_continuation_await(void *context) {
  __tsan_acquire(swift_task_getCurrent());
  __attribute__((musttail)) return __real_swift_continuation_await(context);
}
