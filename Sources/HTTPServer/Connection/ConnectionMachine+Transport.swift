/// What happens on the socket, and the passing of time.
extension ConnectionMachine {
  /// Bytes came in.
  mutating func receive(_ bytes: UnsafeRawBufferPointer, at moment: Moment) {
    guard phase != .lingering else {
      lingerRoom -= bytes.count
      return
    }
    if phase == .head, !parser.isWithinHead, input.isEmpty { phaseDeadline = moment.instant + limits.headComplete }
    input.append(bytes)
    guard phase == .body || phase == .dropping else { return }
    bodyReceived += bytes.count
    extendBodyDeadline(at: moment)
  }

  /// The client sends no more. It may still read: a request that is complete gets its answer.
  mutating func receiveEnd() {
    hasInputEnded = true
  }

  /// The socket is broken: nobody is there to be answered.
  mutating func fail() {
    phase = .closed
  }

  /// The first `count` unsent bytes went out.
  mutating func sent(_ count: Int, at moment: Moment) {
    precondition(count > 0 && count <= unsentCount, "only what was handed out can be sent")
    sentCount += count
    sentInWindow += count
    guard unsentCount == 0 else {
      // A drop now and then is no progress.
      if sentInWindow >= limits.responseWindow { beginWindow(at: moment) }
      return
    }
    stallDeadline = nil
    sentCount = 0
    // A stream may be silent for hours: it keeps no buffer meanwhile.
    output.removeAll(keepingCapacity: output.capacity <= limits.keptBuffer && !isStreaming)
    if phase == .head, phaseDeadline == nil { startHeadDeadline(at: moment) }
  }

  /// Ready for the next request. Its time begins when the response before it is sent.
  mutating func awaitHead(at moment: Moment) {
    phase = .head
    head = nil
    client = peer
    phaseDeadline = nil
    input.shrink(to: limits.keptBuffer)
    if unsentCount == 0 { startHeadDeadline(at: moment) }
  }

  private mutating func startHeadDeadline(at moment: Moment) {
    let hasBegun = parser.isWithinHead || !input.isEmpty
    phaseDeadline = moment.instant + (hasBegun ? limits.headComplete : limits.idle)
  }

  /// Something is about to be added to the output. A window that has begun goes on.
  mutating func beginSending(at moment: Moment) {
    if unsentCount == 0 { beginWindow(at: moment) }
    // A client that never quite takes all there is would have us keep all that it ever took. Not before half is sent: so no byte is moved
    // more often than sent.
    guard sentCount > 0, sentCount >= unsentCount else { return }
    output.removeFirst(sentCount)
    sentCount = 0
  }

  private mutating func beginWindow(at moment: Moment) {
    stallDeadline = moment.instant + limits.writeStall
    sentInWindow = 0
  }

  mutating func beginBody(at moment: Moment) {
    bodyBegan = moment.instant
    bodyReceived = input.count
    extendBodyDeadline(at: moment)
  }

  /// A body may pause, but not for long; it may be slow, but not slower than its rate; and it ends.
  private mutating func extendBodyDeadline(at moment: Moment) {
    let earned = limits.bodyRead + .milliseconds(bodyReceived * 1000 / limits.bodyRate)
    phaseDeadline = min(moment.instant + limits.bodyRead, bodyBegan + min(earned, limits.bodyComplete))
  }

  /// The deadline may have passed: gives up on what did not come in time. Does nothing before it.
  mutating func expire(at moment: Moment) {
    guard let deadline, deadline <= moment.instant else { return }
    if let stallDeadline, stallDeadline <= moment.instant {
      phase = .closed
      return
    }
    switch phase {
    case .head where parser.hasBegunRequest: refuse(.headTimeout, at: moment)
    case .body: refuse(.bodyTimeout, at: moment)
    case .handling: refuse(.handlerTimeout, at: moment)
    // Answered already; what is missing is only the body that nobody wants.
    case .dropping: becomeClosing()
    // A silent connection, and one that lingered long enough, end without a word.
    case .head, .lingering, .closing, .admitting, .streaming, .closed: phase = .closed
    }
  }
}
