import JSON
import Testing

extension Program.Run {
  var status: Int32? { if case .exit(let status) = ending { status } else { nil } }

  /// The one object or array that was printed as JSON.
  var printed: JSONValue? { try? JSONValue.parse(Array(output.utf8)) }

  /// Expects that the program did not do it: this exit status, nothing on standard output, and on standard error words for a person, with
  /// these among them and none of the machine's.
  func expectRefusal(_ status: Int32, saying words: String..., location: SourceLocation = #_sourceLocation) {
    #expect(self.status == status, "\(self)", sourceLocation: location)
    #expect(output == "", "\(self)", sourceLocation: location)
    expectWords(words, location: location)
  }

  func expectWords(_ words: [String], location: SourceLocation = #_sourceLocation) {
    #expect(errors.hasPrefix("gatehouse: ") || errors.hasPrefix("Error: "), "\(self)", sourceLocation: location)
    for word in words { #expect(errors.contains(word), "'\(word)' is not in: \(errors)", sourceLocation: location) }
    for trace in ["Fatal", "Swift.", "Optional(", "SQLite error", "(code"] {
      #expect(!errors.contains(trace), "\(errors)", sourceLocation: location)
    }
    // An address of memory; the letters of a temporary folder's name may look like the middle of one.
    #expect(!errors.contains(#/\b0x[0-9a-f]/#), "\(errors)", sourceLocation: location)
  }

  /// Expects that it was done, without a word on standard error.
  func expectDone(location: SourceLocation = #_sourceLocation) {
    #expect(status == 0, "\(self)", sourceLocation: location)
    #expect(errors == "", "\(self)", sourceLocation: location)
  }
}
