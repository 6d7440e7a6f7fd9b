import ArgumentParser
import HTTPClient
import HTTPMessages
import HTTPTypes

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Asks a running gate whether it is ready: the health check of the container image, which has no curl.",
    discussion: "Example: gatehouse probe --url http://127.0.0.1:8080\nExit status: 0 ready, 1 not.")

  @Option(help: "The gate's address, or unix:PATH.")
  var url = "http://127.0.0.1:8080"

  func run() async throws {
    let client = try APIClient(url: url, token: "")
    guard let status = await client.status(of: "/readyz") else {
      throw Failure.no("nothing answers at \(url); is `gatehouse serve` running there?")
    }
    guard status == 200 else { throw Failure.no("\(url)/readyz answers \(status); its body and the log say what is wrong") }
    try printAnswer("ready")
  }
}
