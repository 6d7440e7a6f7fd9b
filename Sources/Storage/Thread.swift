import Glibc
import Synchronization

/// A POSIX thread, detached. The global concurrency pool must not block on a disk; a thread of its own may.
final class Thread: Sendable {
  private let body: @Sendable () -> Void

  init(body: @escaping @Sendable () -> Void) { self.body = body }

  func start() {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Thread>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    precondition(code == 0, "the system gives no thread: raise its limit on processes")
    pthread_detach(thread)
  }
}

/// A counting semaphore. `sem_t` may not move, so it lives on the heap.
final class Semaphore: @unchecked Sendable {
  // Sound: the pointer never changes, and POSIX semaphores are made to be used from several threads.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0 {} }
}

/// One value handed from one thread to another; `take` waits for it.
final class Handover<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let arrived = Semaphore()

  func put(_ new: Value) {
    value.withLock { $0 = new }
    arrived.signal()
  }

  func take() -> Value {
    arrived.wait()
    guard let taken = value.withLock({ $0 }) else { preconditionFailure("a handover was taken before it was put") }
    return taken
  }
}
