import CCurl
import HTTPMessages

/// One easy handle and what has come of it. Made, used and freed by the transfer thread alone.
final class Transfer {
  let exchange: Exchange
  let continuation: CheckedContinuation<Answer, Never>
  let easy: UnsafeMutableRawPointer
  let headDeadline: ContinuousClock.Instant
  var reader: ResponseReader
  /// Why we end it ourselves, if we do.
  var stop: Stop?
  /// How many times libcurl had a connection, name, TCP and TLS done, and was about to write. At 0 not one byte of the request has gone out.
  private(set) var attempts = 0

  private var fields: UnsafeMutablePointer<curl_slist>?
  private let messageBuffer: UnsafeMutablePointer<CChar>

  enum Stop: Sendable, Hashable {
    case cancelled, shutDown, headOverdue
  }

  /// Nil if libcurl has no memory for another handle.
  init?(exchange: Exchange, continuation: CheckedContinuation<Answer, Never>, setup: TransferSetup, now: ContinuousClock.Instant) {
    guard let easy = curl_easy_init() else { return nil }
    self.exchange = exchange
    self.continuation = continuation
    self.easy = easy
    headDeadline = now + setup.limits.firstByteTimeout
    reader = ResponseReader(limits: setup.limits)
    messageBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    messageBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    fields = setup.apply(to: easy, exchange: exchange)
    ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, messageBuffer)
    receive()
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(fields)
    messageBuffer.deallocate()
  }

  /// libcurl's own words for what went wrong.
  var message: String { String(cString: messageBuffer) }

  /// libcurl calls back with this object's address, always from within `curl_multi_perform` or `curl_multi_remove_handle`; `TransferLoop` keeps
  /// the object until after the latter.
  private func receive() {
    let this = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this)
    ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this)
    ccurl_set_pointer(easy, CURLOPT_PREREQDATA, this)
    ccurl_set_receiver(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
      Transfer.receive(bytes, size * count, this) { $0.reader.receive(headerLine: $1) }
    }
    ccurl_set_receiver(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
      Transfer.receive(bytes, size * count, this) { $0.receive(body: $1) }
    }
    ccurl_set_prerequest(easy) { this, _, _, _, _ in
      guard let this else { return CURL_PREREQFUNC_ABORT }
      return Unmanaged<Transfer>.fromOpaque(this).takeUnretainedValue().beginAttempt() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  /// What somebody takes as it comes is not kept.
  private func receive(body piece: UnsafeRawBufferPointer) -> Bool {
    guard let receive = exchange.receive, reader.isSuccess else { return reader.receive(body: piece) }
    return receive(Array(piece))
  }

  /// Anything but `count` makes libcurl end the transfer.
  private static func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ this: UnsafeMutableRawPointer?,
    by take: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let this else { return -1 }
    let transfer = Unmanaged<Transfer>.fromOpaque(this).takeUnretainedValue()
    return take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : -1
  }

  /// When a kept connection turns out dead before the answer's first byte, libcurl sends the request again by itself, whatever the method. A
  /// request that changes something may have been carried out by then, and must not be repeated unasked (RFC 9110 §9.2.2).
  private func beginAttempt() -> Bool {
    attempts += 1
    return attempts == 1 || exchange.request.head.method.isSafe
  }
}
