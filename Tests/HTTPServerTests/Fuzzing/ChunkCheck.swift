@testable import HTTPServer

/// What must be so whatever comes as a chunked body. Run by the fuzzer on inputs of its making, and by a test on those that it kept.
enum ChunkCheck {
  private struct Verdict: Equatable {
    var fault: RequestFault?
    var isComplete = false
    var content: [UInt8] = []
    /// What follows the body.
    var rest: [UInt8] = []
  }

  /// What of it is not so; nil if all is well.
  static func violation(_ input: [UInt8], boundaries: Int = FuzzCut.some) -> String? {
    let cuts = FuzzCut.pieces(of: input, boundaries: boundaries)
    for (limits, room) in [(Limits(), 1024), (.tight, 16)] {
      let whole = verdict(cuts[0], limits, room, isKept: true)
      for (number, pieces) in cuts.enumerated() {
        let cut = verdict(pieces, limits, room, isKept: true)
        guard cut == whole else { return "cut \(number): \(cut) in place of \(whole)" }
      }
      var dropped = whole
      dropped.content = []
      guard verdict(cuts[0], limits, room, isKept: false) == dropped else { return "a body that is dropped is read otherwise" }
      guard whole.content.count <= room else { return "\(whole.content.count) bytes are held, and \(room) were allowed" }
      var reading = StrictReading(input[...])
      guard whole.isComplete else { continue }
      guard let content = reading.chunks() else { return "a body that is none: \(whole)" }
      guard whole.content == Array(content), whole.rest == Array(reading.rest) else {
        return "\(whole) in place of \(content) before \(reading.rest)"
      }
    }
    return nil
  }

  private static func verdict(_ pieces: [ArraySlice<UInt8>], _ limits: Limits, _ room: Int, isKept: Bool) -> Verdict {
    var (buffer, verdict) = (InputBuffer(), Verdict())
    do throws(RequestFault) {
      var reader = try BodyReader(.chunked, limit: room, isKept: isKept)
      for piece in pieces {
        piece.withUnsafeBytes { buffer.append($0) }
        if !verdict.isComplete { verdict.isComplete = try reader.read(from: &buffer, limits: limits) }
      }
      verdict.content = reader.bytes
      // Of a body that goes on, part of a line may wait here.
      if verdict.isComplete { verdict.rest = Array(buffer.bytes[buffer.start...]) }
    } catch {
      verdict = Verdict(fault: error)
    }
    return verdict
  }
}
