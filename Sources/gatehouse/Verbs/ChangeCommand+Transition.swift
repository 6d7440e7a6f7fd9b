import ArgumentParser
import JSON

extension ChangeCommand {
  struct Transition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Moves a change request along its workflow, as you, or lists what leads on from where it is.",
      discussion: """
        What approvals, the deployment or a deadline decide is nobody's to click; the list says so.
        Example: gatehouse change transition CHG-42 --list
        Example: gatehouse change transition CHG-42 "Start implementation" --comment "the window is open"
        """)

    @OptionGroup var change: ChangeArgument
    @Argument(help: "The transition's name, such as \"Start implementation\".") var name: String?
    @Option(help: "Why.") var comment: String?
    @Flag(help: "List what leads on from here, and what is open to you.") var list = false
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
      guard list == (name == nil), !list || comment == nil else {
        throw ValidationError("name a transition, or write --list to see which there are")
      }
    }

    func run() async throws {
      guard let name else { return try await printList() }
      var body: JSONObject = ["name": .string(name)]
      if let comment { body["comment"] = .string(comment) }
      let answer = try await APIClient().send(.post, try change.path("/transitions"), body: .object(body))
      try printAnswer(json ? answer.text : describe(answer))
    }

    private func printList() async throws {
      let answer = try await APIClient().send(.get, try change.path("/transitions"))
      if json { return try printAnswer(answer.text) }
      let transitions = answer["transitions"]?.array ?? []
      // What the reader can do comes first; the rest says why not.
      let isOpen = { (transition: JSONValue) in transition["why_not"]?["message"]?.string == nil }
      let rows = (transitions.filter(isOpen) + transitions.filter { !isOpen($0) }).map { transition in
        [transition["name"]?.string, transition["to"]?.string, transition["why_not"]?["message"]?.string].map {
          terminalSafe($0 ?? "open to you")
        }
      }
      let status = terminalSafe(answer["status"]?.string ?? "-")
      try printAnswer(rows.isEmpty ? "nothing leads on from \(status)" : table([["FROM \(status)", "TO", ""]] + rows))
    }
  }
}
