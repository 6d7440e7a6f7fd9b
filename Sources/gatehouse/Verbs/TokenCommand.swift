import ArgumentParser
import ChangeControl
import Credentials
import JSON
import Storage
import Web

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Gives people and programs access to the API, and takes it away. Works while the server runs.",
    discussion: "Example: gatehouse token create --user alice --role approver --expires 90d",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a token and prints it, this one time.",
      discussion: """
        The user is the person's GitLab username: approval rules are compared with it.
        Roles: viewer reads; approver also decides and comments; operator also retries callbacks; auditor reads everything and exports;
        admin everything but deciding where no policy lets them.
        Example: gatehouse token create --user alice --role approver --expires 90d
        """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "The GitLab username of the person, or a name for the program.")
    var user: String

    @Option(help: "viewer, approver, operator, auditor or admin.")
    var role: Role = .approver

    @Option(help: "How long it is good for: 1h, 30d … at most 366d.")
    var expires: String = "90d"

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      let lifetime = try lifetime()
      let connection = try options.openDatabase()
      let made = try refusing {
        try connection.transaction(at: SystemClock.now()) { transaction in
          do {
            return try Tokens.create(user: user, role: role, expiresIn: lifetime, by: commandLineActor(), in: transaction)
          } catch let refusal as Refusal {
            throw Failure.usage(refusal.message)
          }
        }
      }
      do {
        try show(made)
      } catch {
        printError("the token was made all the same; nobody has seen it: `gatehouse token revoke \(made.record.id)`")
        throw error
      }
    }

    private func show(_ made: NewToken) throws {
      let record = made.record
      if json {
        let object: JSONValue = [
          "id": .string(record.id), "token": .string(made.token), "user": .string(record.user), "role": .string(record.role.rawValue),
          "expires_at": .string(record.expiresAt.iso8601),
        ]
        try printAnswer(object.text)
      } else {
        try printAnswer(made.token)
        printError(
          "token \(record.id) for \(record.user) (\(record.role.rawValue)), until \(record.expiresAt.iso8601); it is not shown again")
      }
    }

    private func lifetime() throws -> Duration {
      guard let lifetime = Duration(text: expires), lifetime >= .seconds(60), lifetime <= .seconds(366 * 86_400) else {
        throw Failure.usage("--expires \(expires): write a duration from 1m to 366d, such as 12h or 90d")
      }
      return lifetime
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the tokens: who, what for, until when, last used. Never the tokens themselves.",
      discussion: "Example: gatehouse token list")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
      let connection = try options.openExistingDatabase()
      let now = SystemClock.now()
      let tokens = try refusing { try connection.reading(at: now) { try $0.tokens() } }
      let rows = tokens.map { token in
        let state = token.revokedAt != nil ? "revoked" : now >= token.expiresAt ? "expired" : "valid"
        return [token.id, token.user, token.role.rawValue, state, token.expiresAt.iso8601, token.lastUsedAt?.iso8601 ?? "never"]
      }
      try printAnswer(table([["ID", "USER", "ROLE", "STATE", "EXPIRES", "LAST USED"]] + rows))
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a token worthless, at once.", discussion: "Example: gatehouse token revoke tok_0123456789abcdef")

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The token's id, as `token list` shows it.")
    var id: String

    func run() async throws {
      guard TokenText.redacted(id) == id else {
        throw Failure.usage("this is a token, not its id; `gatehouse token list` shows the ids")
      }
      let connection = try options.openExistingDatabase(.readWrite)
      let isRevoked = try refusing {
        try connection.transaction(at: SystemClock.now()) { try Tokens.revoke(id: id, by: commandLineActor(), in: $0) }
      }
      guard isRevoked else { throw Failure.no("there is no token \(id) that could be revoked; `gatehouse token list` shows them") }
      try printAnswer("revoked \(id)")
    }
  }
}

extension Role: ExpressibleByArgument {}

/// Rows as columns, each as wide as its widest cell.
func table(_ rows: [[String]]) -> String {
  guard let columns = rows.map(\.count).max() else { return "" }
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { index, cell in
      index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
    }
    return cells.joined(separator: "  ")
  }.joined(separator: "\n")
}
