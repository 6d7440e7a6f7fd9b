import HTTPMessages
import HTTPTypes

@testable import HTTPServer

/// What a client sends, and all that it hears.
struct ExchangeCase: ConformanceCase {
  enum End: Sendable {
    case kept
    case closed
  }

  var name: String
  /// Each is sent when the server has said all it has to say about those before.
  var stages: [String]
  /// Whether the client ends its half of the connection after the last stage.
  var isHalfClosed = false
  var admission: @Sendable (HTTPRequest) -> Admission = { _ in .body(limit: 1024) }
  var answer: @Sendable (Request) -> Response? = { _ in .hello }
  /// The content of each answer is streamed, piece by piece.
  var pieces: [String]?
  /// Of all responses, interim ones included.
  var statuses: [Int]
  /// The content of each response, unless the case is about something else.
  var contents: [String]?
  /// Lines that the head of the last response holds, and the beginnings of lines that it does not.
  var says: [String] = []
  var lacks: [String] = []
  var end: End

  /// Cuts of the stages with which something else than expected came out.
  var violations: [String] {
    Cut.all(of: stages.map { Array($0.utf8) }).compactMap { cut in
      let play = Play(admission: admission, answer: answer)
      play.pieces = pieces
      for piece in cut.stages.joined() { play.receive(piece) }
      if isHalfClosed { play.receiveEnd() }
      return violation(play).map { "\(cut.name): \($0)\n\(play.text)" }
    }
  }

  private func violation(_ play: Play) -> String? {
    guard play.statuses == statuses else { return "the statuses are \(play.statuses)" }
    if let contents, play.responses.map(\.content) != contents { return "the contents are \(play.responses.map(\.content))" }
    let lines = play.responses.last?.lines ?? []
    for line in says where !lines.contains(line) { return "the head lacks \(line)" }
    for start in lacks where lines.contains(where: { $0.hasPrefix(start) }) { return "the head has \(start)" }
    guard (play.hasShutDownWrite || play.isClosed) == (end == .closed) else { return "the connection is not \(end)" }
    return isHalfClosed ? nil : play.misconduct
  }
}

extension Response {
  static let hello = Response(head: HTTPResponse(status: .ok), body: Array("hello".utf8))

  /// A response with this status, these fields and perhaps a body.
  static func status(_ code: Int, _ fields: HTTPFields = [:], body: String = "") -> Response {
    Response(head: HTTPResponse(status: .init(code: code), headerFields: fields), body: Array(body.utf8))
  }

  /// Tells which request it answers.
  static func path(_ request: Request) -> Response { .status(200, body: request.head.path ?? "-") }
}
