internal import HTTPTypes

/// Answers whose content is made piece by piece. Nothing is made while much is unsent: the client's reading sets the pace.
extension ConnectionMachine {
  var isStreaming: Bool { if case .streaming = phase { true } else { false } }

  /// The head of the handler's answer to request `number`; its content follows through `supply`. It is dropped if the connection has given up
  /// on that request.
  mutating func stream(_ response: HTTPResponse, to number: Int, at moment: Moment) {
    guard awaits(number), let head else { return }
    // RFC 9112 §6.1: no Transfer-Encoding to HTTP/1.0; there the end of the connection is the end of the content.
    let isChunked = !head.isVersion10
    let keeps = isChunked && keepsAlive(after: response)
    beginSending(at: moment)
    let isWritten = ResponseWriter.writeStreamedHead(
      response, isChunked ? .chunked : .untilClose, to: &output, connection: connectionField(keeps: keeps), date: moment.date)
    guard isWritten else { return refuse(.invalidResponse, at: moment) }
    let stream = ContentStream(isChunked: isChunked, keeps: keeps)
    phaseDeadline = nil
    phase = .streaming(stream)
    // RFC 9110 §9.3.2: the answer to HEAD ends with its head.
    if isHead { end(stream, at: moment) }
  }

  /// The next piece of the content of the answer to request `number`; nil when there is no more.
  mutating func supply(_ piece: [UInt8]?, to number: Int, at moment: Moment) {
    guard case .streaming(var stream) = phase, number == self.number else { return }
    guard let piece else {
      if stream.isChunked { append(ResponseWriter.lastChunk, at: moment) }
      return end(stream, at: moment)
    }
    stream.isAwaited = false
    phase = .streaming(stream)
    guard !piece.isEmpty else { return }
    beginSending(at: moment)
    if stream.isChunked { ResponseWriter.writeChunk(piece, to: &output) } else { output += piece }
  }

  /// The content of the answer to request `number` cannot be completed: the connection is cut, without a last chunk (RFC 9112 §8).
  mutating func cut(_ number: Int) {
    if isStreaming, number == self.number { phase = .closed }
  }

  mutating func nextProduced(_ stream: ContentStream) -> Step? {
    guard !stream.isAwaited, unsentCount <= limits.unsentContent else { return nil }
    var stream = stream
    stream.isAwaited = true
    phase = .streaming(stream)
    return .produce(number: number)
  }

  private mutating func end(_ stream: ContentStream, at moment: Moment) {
    if stream.keeps, !isDraining { awaitHead(at: moment) } else { becomeClosing() }
  }
}
