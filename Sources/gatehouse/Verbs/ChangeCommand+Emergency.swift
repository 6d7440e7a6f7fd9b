import ArgumentParser
import JSON

extension ChangeCommand {
  struct BreakGlass: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets a deployment through at once, past approvals and freezes. For the policy's break-glass people; owes a review.",
      discussion: "Example: gatehouse change break-glass CHG-42 --reason \"checkout is down, this is the fix\"")

    @OptionGroup var change: ChangeArgument
    @Option(help: "Why it cannot wait.") var reason: String

    func run() async throws { try await change.post("/break-glass", ["reason": .string(reason)]) }
  }

  struct Review: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Settles the review that a broken glass owes; for somebody else than who broke it.",
      discussion: "Example: gatehouse change review CHG-42 --comment \"the fix was right; INC-7 has the rest\"")

    @OptionGroup var change: ChangeArgument
    @Option(help: "What was found.") var comment: String

    func run() async throws { try await change.post("/review", ["comment": .string(comment)]) }
  }

  struct OverrideFreeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Asks for a change to be let through a freeze: two of the policy's people together may.",
      discussion: "Example: gatehouse change override-freeze CHG-42 --reason \"security fix\"")

    @OptionGroup var change: ChangeArgument
    @Option(help: "Why it cannot wait for the end of the freeze.") var reason: String

    func run() async throws { try await change.post("/freeze-override", ["reason": .string(reason)]) }
  }
}
