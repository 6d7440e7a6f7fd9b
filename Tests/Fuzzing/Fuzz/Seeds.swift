import Glibc
import TestSupport

@testable import HTTPServerTests

/// Every input of the conformance table as a file, so that the search begins where the table ends.
enum Seeds {
  static func write(to folder: String) {
    let inputs = ConformanceTable.wire.map(\.value.input) + ConformanceTable.exchanges.map { Array($0.value.stages.joined().utf8) }
    write(inputs, to: "\(folder)/requests")
    // The body alone, where it is chunked.
    write(inputs.compactMap(body).filter { $0.firstRange(ofText: "\r\n0\r\n") != nil }, to: "\(folder)/chunks")
  }

  private static func body(_ input: [UInt8]) -> [UInt8]? {
    input.firstRange(ofText: "\r\n\r\n").map { Array(input[$0.upperBound...]) }
  }

  private static func write(_ inputs: [[UInt8]], to folder: String) {
    mkdir(folder, 0o755)
    for (number, input) in inputs.enumerated() {
      guard let file = fopen("\(folder)/table-\(number)", "w") else { Fuzz.stop("no file can be made in \(folder)") }
      fwrite(input, 1, input.count, file)
      fclose(file)
    }
  }
}
