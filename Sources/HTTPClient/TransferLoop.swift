import CCurl
import HTTPMessages

/// The transfer thread: takes letters, starts transfers whose turn it is, lets libcurl work, answers. Nothing here is seen by another thread.
struct TransferLoop {
  private struct Call {
    let exchange: Exchange
    let continuation: CheckedContinuation<Answer, Never>
    let deadline: ContinuousClock.Instant
  }

  private let multi: UnsafeMutableRawPointer
  private let mailbox: Mailbox
  private let setup: TransferSetup
  private var queues: OriginQueues<Call>
  private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
  /// When transfers under way are given up; nil until `shutDown`.
  private var end: ContinuousClock.Instant?
  private var onEnd: [CheckedContinuation<Void, Never>] = []
  private var now = ContinuousClock.now

  init(multi: MultiHandle, mailbox: Mailbox, setup: TransferSetup) {
    self.multi = multi.pointer
    self.mailbox = mailbox
    self.setup = setup
    queues = OriginQueues(concurrency: setup.limits.concurrencyPerOrigin, length: setup.limits.queueLengthPerOrigin)
  }

  /// Runs until `shutDown`, then frees the multi handle with its connections.
  mutating func run() {
    while true {
      now = .now
      for letter in mailbox.takeAll() { read(letter) }
      expire()
      start()
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      // What has ended makes room: then there is something to start before there is something to wait for.
      if reap() { continue }
      if end != nil && transfers.isEmpty { break }
      curl_multi_poll(multi, nil, 0, Int32(clamping: millisecondsUntilNextDeadline()), nil)
    }
    for letter in mailbox.close() { read(letter) }
    curl_multi_cleanup(multi)
    for continuation in onEnd { continuation.resume() }
  }

  private mutating func read(_ letter: Mailbox.Letter) {
    switch letter {
    case .start(let exchange, let continuation):
      take(Call(exchange: exchange, continuation: continuation, deadline: now + setup.limits.queueTimeout))
    case .cancel(let exchange):
      for call in queues.removeAll(where: { $0.exchange === exchange }) { call.continuation.resume(returning: .failure(.cancelledInQueue)) }
      for transfer in transfers.values where transfer.exchange === exchange { finish(transfer, stop: .cancelled) }
    case .shutDown(let grace, let continuation):
      end = min(end ?? now + grace, now + grace)
      if let continuation { onEnd.append(continuation) }
      for call in queues.removeAll(where: { _ in true }) { call.continuation.resume(returning: .failure(.closed)) }
    }
  }

  private mutating func take(_ call: Call) {
    let target = call.exchange.target
    if call.exchange.isCancelled {
      call.continuation.resume(returning: .failure(.cancelledInQueue))
    } else if end != nil {
      call.continuation.resume(returning: .failure(.closed))
    } else if !queues.append(call, origin: target.origin) {
      call.continuation.resume(returning: .failure(.queueFull(place: target.place, length: queues.length)))
    }
  }

  private mutating func start() {
    for call in queues.startable() {
      guard let transfer = Transfer(exchange: call.exchange, continuation: call.continuation, setup: setup, now: now) else {
        queues.finish(origin: call.exchange.target.origin)
        call.continuation.resume(returning: .failure(.outOfMemory))
        continue
      }
      transfers[transfer.easy] = transfer
      let code = curl_multi_add_handle(multi, transfer.easy)
      if code != CURLM_OK { finish(transfer, code: CURLE_OUT_OF_MEMORY) }
    }
  }

  /// Answers every transfer that libcurl is done with. False if there was none.
  private mutating func reap() -> Bool {
    var hasEnded = false
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle, let transfer = transfers[easy] else { continue }
      // The message dies with the removal of the handle: read it first.
      finish(transfer, code: ccurl_result(message))
      hasEnded = true
    }
    return hasEnded
  }

  private mutating func finish(_ transfer: Transfer, stop: Transfer.Stop) {
    transfer.stop = stop
    finish(transfer, code: CURLE_ABORTED_BY_CALLBACK)
  }

  /// The one place where a transfer ends. The caller goes on only after libcurl has let go of the handle.
  private mutating func finish(_ transfer: Transfer, code: CURLcode) {
    let answer = transfer.answer(code: code, limits: setup.limits)
    curl_multi_remove_handle(multi, transfer.easy)
    transfers[transfer.easy] = nil
    queues.finish(origin: transfer.exchange.target.origin)
    transfer.continuation.resume(returning: answer)
  }

  private mutating func expire() {
    for call in queues.removeAll(where: { $0.deadline <= now }) {
      call.continuation.resume(returning: .failure(.queuedTooLong(place: call.exchange.target.place, limits: setup.limits)))
    }
    for transfer in transfers.values {
      if let end, end <= now {
        finish(transfer, stop: .shutDown)
      } else if !transfer.reader.isHeadComplete && transfer.headDeadline <= now {
        finish(transfer, stop: .headOverdue)
      }
    }
  }

  /// Rounded up, so that the deadline has passed on waking. libcurl wakes earlier by itself for its own timers and sockets.
  private func millisecondsUntilNextDeadline() -> Int64 {
    var next = now + .seconds(60)
    for transfer in transfers.values where !transfer.reader.isHeadComplete { next = min(next, transfer.headDeadline) }
    for call in queues.fronts { next = min(next, call.deadline) }
    if let end { next = min(next, end) }
    let left = ContinuousClock.now.duration(to: next).components
    return max(0, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1)
  }
}
