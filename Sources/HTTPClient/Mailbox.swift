import CCurl
import HTTPMessages
import Synchronization

/// One request on its way: what the caller's task and the transfer thread both hold.
final class Exchange: Sendable {
  let request: Request
  let target: Target
  /// Takes the body of an answer that says yes as it comes, in place of `Response.body`. False ends the transfer.
  let receive: Receiver?
  private let cancelled = Atomic(false)

  typealias Receiver = @Sendable (_ piece: [UInt8]) -> Bool

  init(request: Request, target: Target, receive: Receiver? = nil) {
    self.request = request
    self.target = target
    self.receive = receive
  }

  /// Stays true once set. A task may be cancelled before its exchange reaches the thread; then the thread reads it here.
  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() { cancelled.store(true, ordering: .releasing) }
}

/// libcurl's multi handle.
///
/// `@unchecked Sendable`: all calls but one are made by the transfer thread alone. The one is `curl_multi_wakeup`, which libcurl documents as safe
/// from any thread, and which `Mailbox` calls under its lock and never after `close`, that is, never after the handle is freed.
struct MultiHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
}

/// What tasks hand to the transfer thread. The thread takes all at once, and is woken only when the box was empty.
final class Mailbox: Sendable {
  enum Letter {
    case start(Exchange, CheckedContinuation<Answer, Never>)
    case cancel(Exchange)
    /// Lets what is under way finish within the grace, fails what waits, then ends the thread.
    case shutDown(grace: Duration, CheckedContinuation<Void, Never>?)
  }

  private struct State {
    var letters: [Letter] = []
    var isOpen = true
  }

  private let multi: MultiHandle
  private let state = Mutex(State())

  init(multi: MultiHandle) { self.multi = multi }

  /// False if the thread has ended: nobody will read the letter.
  func post(_ letter: Letter) -> Bool {
    state.withLock { state in
      guard state.isOpen else { return false }
      if state.letters.isEmpty { curl_multi_wakeup(multi.pointer) }
      state.letters.append(letter)
      return true
    }
  }

  func takeAll() -> [Letter] {
    state.withLock { state in
      let letters = state.letters
      state.letters.removeAll(keepingCapacity: true)
      return letters
    }
  }

  /// Takes nothing more in. Returns what came in last.
  func close() -> [Letter] {
    state.withLock { state in
      state.isOpen = false
      let letters = state.letters
      state.letters = []
      return letters
    }
  }
}
