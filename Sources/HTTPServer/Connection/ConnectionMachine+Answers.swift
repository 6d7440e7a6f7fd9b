internal import HTTPMessages
internal import HTTPTypes

extension ConnectionMachine {
  /// What the handler says to the head of the last `admit` step, and who sent it if that is not the other end.
  mutating func admit(_ admission: Admission, from client: String? = nil, at moment: Moment) {
    precondition(phase == .admitting, "a head is admitted once")
    self.client = client ?? peer
    guard let head else { return }
    switch admission {
    case .answer(let response):
      answer(response, toUnreadBody: head.framing, at: moment)
    case .body(let limit, let isAnonymous, _):
      do throws(RequestFault) {
        body = try BodyReader(head.framing, limit: limit, isKept: true)
      } catch {
        return refuse(error, at: moment)
      }
      phase = .body
      isBodyAnonymous = isAnonymous
      beginBody(at: moment)
      // RFC 9110 §10.1.1: needless once part of the body is there.
      if head.expectsContinue, head.framing != .none, input.isEmpty { append(ResponseWriter.continueLine, at: moment) }
    }
  }

  /// The handler's answer to request `number`. It is dropped if the connection has given up on that request.
  mutating func respond(_ response: Response, to number: Int, at moment: Moment) {
    guard awaits(number) else { return }
    answer(response, toUnreadBody: .none, at: moment)
  }

  /// Refuses the request that is being read or answered, and everything after it.
  mutating func refuse(_ fault: RequestFault, at moment: Moment) {
    refusal = fault
    write(fault.response(limits: limits), keeps: false, at: moment)
    becomeClosing()
  }

  /// No further request: at once if none is under way, else after the answer.
  mutating func drain() {
    isDraining = true
    guard phase == .head, !parser.hasBegunRequest, input.isEmpty else { return }
    if unsentCount == 0 { phase = .closed } else { becomeClosing() }
  }

  private mutating func answer(_ response: Response, toUnreadBody framing: BodyFraming, at moment: Moment) {
    let rest = unwanted(framing)
    let keeps = rest != nil && keepsAlive(after: response.head)
    guard write(response, keeps: keeps, at: moment) else { return refuse(.invalidResponse, at: moment) }
    guard keeps, let rest else { return becomeClosing() }
    if rest > 0, let reader = try? BodyReader(framing, limit: rest, isKept: false) {
      body = reader
      phase = .dropping
      beginBody(at: moment)
    } else {
      awaitHead(at: moment)
    }
  }

  /// How much is to be read and dropped before the next request can begin; nil if it is too much, or unknown, or may never come because
  /// the client waits to be told to send it.
  private func unwanted(_ framing: BodyFraming) -> Int? {
    switch framing {
    case .none: 0
    case .length(let length): length <= limits.unwantedBody && head?.expectsContinue != true ? length : nil
    case .chunked: nil
    }
  }

  func keepsAlive(after response: HTTPResponse) -> Bool {
    guard let head, head.keepsAlive, !isDraining, number < limits.requestsPerConnection else { return false }
    return !(hasInputEnded && input.isEmpty) && !ResponseWriter.asksToClose(response)
  }

  @discardableResult
  private mutating func write(_ response: Response, keeps: Bool, at moment: Moment) -> Bool {
    beginSending(at: moment)
    return ResponseWriter.write(response, to: &output, isHead: isHead, connection: connectionField(keeps: keeps), date: moment.date)
  }

  /// Whether the request that is answered, or was refused before it was whole, is a HEAD.
  var isHead: Bool { head.map { $0.request.method == .head } ?? parser.isHead }

  func connectionField(keeps: Bool) -> ResponseWriter.Connection {
    !keeps ? .closed : head?.isVersion10 == true ? .keptVersion10 : .kept
  }

  mutating func append(_ bytes: [UInt8], at moment: Moment) {
    beginSending(at: moment)
    output += bytes
  }

  /// What is written is the last of this connection.
  mutating func becomeClosing() {
    phase = .closing
    phaseDeadline = nil
    body = nil
    head = nil
    input.removeAll()
  }
}
