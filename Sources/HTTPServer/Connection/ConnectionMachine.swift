internal import HTTPMessages
internal import HTTPTypes

/// One connection as a pure state machine: bytes, answers and instants go in; steps, bytes to send and one deadline come out. It never
/// waits and calls nothing. The driver asks `next` until it has no step left, sends `output`, reads when `wantsInput`, and calls
/// `expire` when the deadline has passed.
///
/// Requests of one connection are taken up strictly one after the other, so that answers cannot overtake each other; what a client
/// pipelines waits in `input`, at most one read's worth.
struct ConnectionMachine: ~Copyable {
  /// What the driver has to do.
  enum Step {
    /// Ask the handler about this head and call `admit`.
    case admit(HTTPRequest)
    /// Have the handler answer this request and call `respond` with the number.
    case respond(Request, number: Int)
    /// Have the next piece of the streamed answer to request `number` made, and call `supply` with it.
    case produce(number: Int)
    /// A request was refused; worth a line in the log.
    case refused(RequestFault)
    /// No more will be sent (RFC 9112 §9.6): shut down the sending half.
    case shutDownWrite
    /// All is over: close the socket and forget the connection.
    case close
  }

  enum Phase: Equatable {
    /// Before or within a request's head.
    case head
    /// The head is complete; the handler is asked.
    case admitting
    case body
    /// The handler is at work.
    case handling
    /// The answer's content is made and sent piece by piece.
    case streaming(ContentStream)
    /// The answer went out before the body; the body is read and dropped, so that the connection can be kept.
    case dropping
    /// The last response is being sent.
    case closing
    /// All is sent. What still comes is read and dropped, for a while: closing at once would reset the connection, and the reset can
    /// overtake the response.
    case lingering
    case closed
  }

  /// What a streamed answer has come to.
  struct ContentStream: Equatable {
    var isChunked: Bool
    /// Whether the connection can be kept afterwards.
    var keeps: Bool
    /// A piece is being made.
    var isAwaited = false
  }

  let limits: Limits
  let peer: String?
  /// Who sent the request that is being read or answered: the other end, unless the driver knows better.
  var client: String?
  var phase = Phase.head
  var input = InputBuffer()
  var hasInputEnded = false
  /// What is to be sent, from `sentCount` on.
  var output: [UInt8] = []
  var sentCount = 0
  var parser = HeadParser()
  var body: BodyReader?
  /// Whether nothing in the head proves who sends the body.
  var isBodyAnonymous = false
  /// The size of the body that the handler has.
  private var handledBodyBytes = 0
  /// The request that is being read or answered.
  var head: RequestHead?
  /// Requests begun on this connection; also the number of the present one.
  var number = 0
  /// Whether this connection takes no further request after the present one.
  var isDraining = false
  var refusal: RequestFault?
  var lingerRoom: Int
  /// When the present phase has lasted too long.
  var phaseDeadline: Moment.Instant?
  var bodyBegan: Moment.Instant
  /// What came of the present body, its chunks' lines included.
  var bodyReceived = 0
  /// When the unsent bytes have made too little progress.
  var stallDeadline: Moment.Instant?
  var sentInWindow = 0

  init(limits: Limits, peer: String?, at moment: Moment) {
    self.limits = limits
    self.peer = peer
    client = peer
    lingerRoom = limits.lingerBytes
    bodyBegan = moment.instant
    phaseDeadline = moment.instant + limits.firstByte
  }

  /// Bytes of `output` that are not sent yet.
  var unsentCount: Int { output.count - sentCount }

  /// What the body of the request that is being read or answered holds.
  var heldBody: HeldBytes { isHandling ? handledBody : HeldBytes(body?.bytes.count ?? 0, isAnonymous: isBodyAnonymous) }

  /// What the last body that a handler was given holds.
  var handledBody: HeldBytes { HeldBytes(handledBodyBytes, isAnonymous: isBodyAnonymous) }

  var isHandling: Bool { phase == .handling }

  /// Whether request `number` is still to be answered by its handler.
  func awaits(_ number: Int) -> Bool { isHandling && number == self.number }

  /// The bytes of `output` that are not sent yet, for the time of the call.
  func withUnsent<Result>(_ send: (UnsafeRawBufferPointer) -> Result) -> Result {
    output.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[sentCount...])) }
  }

  /// Whether the driver should read from the socket. Not while a request is answered, and not while the client leaves too much unread:
  /// TCP then slows the client down.
  var wantsInput: Bool {
    guard !hasInputEnded else { return false }
    switch phase {
    case .head: return unsentCount <= limits.unsentResponse
    case .body, .dropping, .lingering: return true
    case .admitting, .handling, .streaming, .closing, .closed: return false
    }
  }

  /// When to call `expire`.
  var deadline: Moment.Instant? {
    guard let phaseDeadline else { return stallDeadline }
    return stallDeadline.map { min($0, phaseDeadline) } ?? phaseDeadline
  }

  /// The next thing to do, or nil if it takes input, an answer, sending or time to get on.
  mutating func next(at moment: Moment) -> Step? {
    if let step = takeRefusal() { return step }
    do throws(RequestFault) {
      switch phase {
      case .head: return try nextHead(at: moment)
      case .body: return try nextBody(at: moment)
      case .streaming(let stream): return nextProduced(stream)
      case .dropping: return try nextDropped(at: moment)
      case .closing: return nextClosing(at: moment)
      case .lingering: return hasInputEnded || lingerRoom <= 0 ? close() : nil
      case .closed: return .close
      case .admitting, .handling: return nil
      }
    } catch {
      refuse(error, at: moment)
      return takeRefusal()
    }
  }

  private mutating func nextHead(at moment: Moment) throws(RequestFault) -> Step? {
    guard unsentCount <= limits.unsentResponse else { return nil }
    guard let head = try parser.next(from: &input, limits: limits) else {
      guard hasInputEnded else { return nil }
      // RFC 9112 §8: an incomplete request is never taken for a complete one.
      guard !parser.hasBegunRequest else { throw .incompleteRequest }
      becomeClosing()
      return nextClosing(at: moment)
    }
    number += 1
    self.head = head
    phase = .admitting
    phaseDeadline = nil
    return .admit(head.request)
  }

  private mutating func nextBody(at moment: Moment) throws(RequestFault) -> Step? {
    guard let head, try readBody() else {
      guard !hasInputEnded else { throw .incompleteRequest }
      return nil
    }
    let bytes = body?.finish() ?? []
    body = nil
    handledBodyBytes = bytes.count
    phase = .handling
    phaseDeadline = moment.instant + limits.handler
    return .respond(Request(head: head.request, body: bytes, peer: client), number: number)
  }

  private mutating func nextDropped(at moment: Moment) throws(RequestFault) -> Step? {
    guard try readBody() else {
      guard hasInputEnded else { return nil }
      becomeClosing()
      return nextClosing(at: moment)
    }
    body = nil
    awaitHead(at: moment)
    return try nextHead(at: moment)
  }

  /// Reads on in the body; true once it is complete. The reader is moved out and back, lest its bytes be copied.
  private mutating func readBody() throws(RequestFault) -> Bool {
    guard var reader = body else { return true }
    body = nil
    defer { body = reader }
    return try reader.read(from: &input, limits: limits)
  }

  private mutating func nextClosing(at moment: Moment) -> Step? {
    guard unsentCount == 0 else { return nil }
    // Nobody is left to be hurt by a reset.
    guard !hasInputEnded else { return close() }
    phase = .lingering
    phaseDeadline = moment.instant + limits.linger
    input.removeAll()
    return .shutDownWrite
  }

  private mutating func close() -> Step {
    phase = .closed
    return .close
  }

  private mutating func takeRefusal() -> Step? {
    defer { refusal = nil }
    return refusal.map { .refused($0) }
  }
}
