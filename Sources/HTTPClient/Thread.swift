import Glibc

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a detached thread that takes no signals but those of its own crashes: the rest are for whoever waits for them (and SIGPIPE for nobody).
/// False if the system gives no thread.
func startThread(_ run: @escaping @Sendable () -> Void) -> Bool {
  let body = Unmanaged.passRetained(ThreadBody(run))
  var thread = pthread_t()
  var everything = sigset_t()
  var before = sigset_t()
  sigfillset(&everything)
  for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&everything, crash) }
  // A new thread inherits the mask of the one that starts it.
  pthread_sigmask(SIG_SETMASK, &everything, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  let code = pthread_create(
    &thread, nil,
    {
      Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run()
      return nil
    }, body.toOpaque())
  guard code == 0 else {
    body.release()
    return false
  }
  pthread_detach(thread)
  return true
}
