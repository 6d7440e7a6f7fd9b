import HTTPMessages
import HTTPTypes
import TestSupport

@testable import HTTPServer

/// What must be so whatever a client sends. Run by the fuzzer on inputs of its making, and by a test on those that it kept.
enum RequestCheck {
  /// What of it is not so; nil if all is well.
  static func violation(_ input: [UInt8], boundaries: Int = FuzzCut.some) -> String? {
    let cuts = FuzzCut.pieces(of: input, boundaries: boundaries)
    for limits in [Limits(), .tight] {
      if let violation = headViolation(cuts, limits) ?? connectionViolation(input, cuts, limits) { return violation }
    }
    return nil
  }

  // MARK: The parser alone

  private struct Verdict: Equatable {
    var request: HTTPRequest?
    var framing: BodyFraming?
    var connection: [Bool] = []
    var fault: RequestFault?
    /// Bytes behind the head, or of what is not complete.
    var rest = 0
  }

  private static func headViolation(_ cuts: [[ArraySlice<UInt8>]], _ limits: Limits) -> String? {
    let verdicts = cuts.map { verdict($0, limits) }
    for (number, verdict) in verdicts.enumerated() where verdict != verdicts[0] {
      return "cut \(number) of the head: \(verdict) in place of \(verdicts[0])"
    }
    return nil
  }

  private static func verdict(_ pieces: [ArraySlice<UInt8>], _ limits: Limits) -> Verdict {
    var (buffer, parser, verdict) = (InputBuffer(), HeadParser(), Verdict())
    for piece in pieces {
      piece.withUnsafeBytes { buffer.append($0) }
      guard verdict.request == nil, verdict.fault == nil else { continue }
      do throws(RequestFault) {
        guard let head = try parser.next(from: &buffer, limits: limits) else { continue }
        verdict.request = head.request
        verdict.framing = head.framing
        verdict.connection = [head.isVersion10, head.keepsAlive, head.expectsContinue]
      } catch {
        verdict.fault = error
      }
    }
    // A fault ends the connection: what it left is nobody's.
    verdict.rest = verdict.fault == nil ? buffer.count : 0
    return verdict
  }

  // MARK: The whole connection

  private struct Transcript: Equatable, CustomStringConvertible {
    var requests: [Request]
    var refusals: [RequestFault]
    /// Without interim responses: whether 100 (Continue) is needless depends on what is there already (RFC 9110 §10.1.1).
    var output: [UInt8]
    var hasShutDownWrite: Bool

    init(_ play: Play) {
      requests = play.requests
      refusals = play.refusals
      output = play.output
      while let interim = output.firstRange(ofText: "HTTP/1.1 100 Continue\r\n\r\n") { output.removeSubrange(interim) }
      hasShutDownWrite = play.hasShutDownWrite
    }

    var description: String {
      let lines = requests.map { "\($0.head.method) \($0.head.path ?? "-") \(String(decoding: $0.body, as: UTF8.self).debugDescription)" }
      let text = String(decoding: output, as: UTF8.self).debugDescription
      return "\(lines) refused: \(refusals), heard: \(text)\(hasShutDownWrite ? ", ended" : "")"
    }
  }

  private static func connectionViolation(_ input: [UInt8], _ cuts: [[ArraySlice<UInt8>]], _ limits: Limits) -> String? {
    let whole = connection(limits)
    whole.receive(input)
    let (before, misconduct) = (Transcript(whole), whole.misconduct)
    if let violation = misconduct ?? ending(whole, hasGone: true) ?? strictViolation(input, whole) { return violation }
    let after = Transcript(whole)
    for (number, pieces) in cuts.enumerated() {
      let cut = connection(limits)
      for piece in pieces {
        cut.receive(piece)
        if let excess = excess(cut, limits, beside: piece.count) { return "cut \(number): \(excess)" }
      }
      guard Transcript(cut) == before else { return "cut \(number): \(Transcript(cut)) in place of \(before)" }
      // The whole once more, its client falling silent; and byte by byte.
      guard number < 2 else { continue }
      if let violation = ending(cut, hasGone: number == 1) { return "cut \(number): \(violation)" }
      guard number == 0 || Transcript(cut) == after else { return "ended: \(Transcript(cut)) in place of \(after)" }
    }
    return lateViolation(input, limits, before) ?? slowViolation(input, limits, before)
  }

  /// The same once more with a handler that answers when all that can be read is read.
  private static func lateViolation(_ input: [UInt8], _ limits: Limits, _ expected: Transcript) -> String? {
    let late = connection(limits) { _ in nil }
    late.receive(input)
    while late.machine.isHandling, let request = late.requests.last { late.respond(answer(to: request), to: late.machine.number) }
    return Transcript(late) == expected ? nil : "answered late: \(Transcript(late)) in place of \(expected)"
  }

  /// And with a client that reads nothing until all that can be read of it is read: no further request is taken up over too much unsent.
  private static func slowViolation(_ input: [UInt8], _ limits: Limits, _ expected: Transcript) -> String? {
    let slow = connection(limits)
    input.withUnsafeBytes { slow.machine.receive($0, at: slow.moment) }
    slow.run(isBlocked: true)
    let unsent = slow.machine.unsentCount
    guard unsent <= limits.unsentResponse + 400 else { return "\(unsent) bytes of answers are held" }
    slow.run()
    return Transcript(slow) == expected ? nil : "read late: \(Transcript(slow)) in place of \(expected)"
  }

  /// No reading of the input differs from a strict one, and what is heard is one answer for each request, in order.
  private static func strictViolation(_ input: [UInt8], _ play: Play) -> String? {
    var reading = StrictReading(input[...])
    var (messages, taken): ([StrictReading.Message], Int) = ([], 0)
    while let message = reading.next() {
      messages.append(message)
      guard !isAnsweredAtOnce(message.target) else { continue }
      guard taken < play.requests.count else { break }
      if let difference = difference(play.requests[taken], message) { return "request \(taken): \(difference): \(message)" }
      taken += 1
    }
    guard taken == play.requests.count else { return "a request that is none: \(play.requests[taken])" }
    let heard = AnswerReading(play.output, methods: messages.map(\.method))
    if let fault = heard.fault { return "an answer that is none: \(fault)" }
    let contents = heard.answers.filter { $0.status == 200 }.map(\.content)
    let expected = play.requests.map { $0.head.method == .head ? [] : answer(to: $0).body }
    guard contents == expected else { return "the answers are \(contents) in place of \(expected)" }
    return nil
  }

  private static func difference(_ request: Request, _ message: StrictReading.Message) -> String? {
    guard request.head.method.rawValue == message.method else { return "its method is \(request.head.method)" }
    guard let path = request.head.path, !message.target.hasPrefix("/") || path == message.target else { return "its path" }
    let fields = request.head.headerFields.map { [$0.name.rawName, $0.value] }
    guard fields == message.fields else { return "its fields are \(fields)" }
    return request.body == message.body ? nil : "its body is \(request.body)"
  }

  /// More is held than the limits allow.
  private static func excess(_ play: Play, _ limits: Limits, beside piece: Int) -> String? {
    let held = play.machine.input.count
    guard held <= max(limits.head, limits.trailers) + piece else { return "\(held) bytes of input are held" }
    guard play.machine.heldBody.all <= bodyLimit(limits) else { return "\(play.machine.heldBody.all) bytes of a body are held" }
    return nil
  }

  /// Every connection ends when its client falls silent, and when it goes.
  private static func ending(_ play: Play, hasGone: Bool) -> String? {
    if hasGone { play.receiveEnd() }
    for _ in 0..<8 where !play.isClosed { play.pass(.seconds(86_400)) }
    return play.isClosed ? nil : "the connection does not end: \(play.phase)"
  }

  // MARK: The handler

  private static func connection(_ limits: Limits, answer: @escaping @Sendable (Request) -> Response? = { answer(to: $0) }) -> Play {
    let limit = bodyLimit(limits)
    return Play(
      limits: limits,
      admission: { isAnsweredAtOnce($0.path ?? "") ? .answer(.status(404, body: "none")) : .body(limit: limit) }, answer: answer)
  }

  private static func isAnsweredAtOnce(_ target: String) -> Bool { target.hasPrefix("/no") }

  private static func bodyLimit(_ limits: Limits) -> Int { limits.unwantedBody }

  /// Tells requests apart, and holds nothing that looks like a response.
  private static func answer(to request: Request) -> Response {
    .status(200, body: "\(request.head.path?.utf8.count ?? 0):\(request.body.count):\(request.head.headerFields.count)")
  }
}

extension Limits {
  /// Small enough for short inputs to meet every one.
  static let tight: Limits = {
    var limits = Limits()
    (limits.requestLine, limits.fieldLine, limits.head, limits.fields) = (24, 32, 96, 4)
    (limits.chunkLine, limits.chunkExtensions, limits.trailers, limits.trailerFields) = (12, 20, 32, 2)
    (limits.unwantedBody, limits.requestsPerConnection, limits.lingerBytes, limits.unsentResponse) = (16, 10, 16, 150)
    return limits
  }()
}
