import Glibc

/// Prints what a verb was asked for. An answer that did not arrive is no answer: an export cut off by a full disk must not look whole.
func printAnswer(_ text: String) throws {
  do {
    try put(text + "\n", on: STDOUT_FILENO)
  } catch {
    // Who has read enough (`| head`) has not lost anything.
    guard error.code != EPIPE else { throw Failure(status: Failure.answerIsNo, message: "") }
    throw Failure.no("standard output cannot be written: \(String(cString: strerror(error.code))); nothing of the rest is shown")
  }
}

/// Prints a line on standard output at once: who reads it over a pipe waits for it. For what runs on when nobody listens.
func printLine(_ text: String) { try? put(text + "\n", on: STDOUT_FILENO) }

/// Prints a line on standard error.
func printError(_ text: String) { try? put(text + "\n", on: STDERR_FILENO) }

private struct WriteFailure: Error {
  var code: Int32
}

private func put(_ text: String, on descriptor: Int32) throws(WriteFailure) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 { rest.removeFirst(count) } else if errno != EINTR { throw WriteFailure(code: errno) }
  }
}
