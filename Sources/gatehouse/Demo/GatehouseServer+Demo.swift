import ChangeControl
import Storage
import Web

/// What `demo` asks of the server that it runs.
extension GatehouseServer {
  /// What the audit log says after an entry.
  func auditEntries(after seq: Int64) async throws -> [AuditEntry] {
    try await readers.perform { try $0.auditEntries(after: seq, limit: 100) }
  }

  /// Recomputes the hash chain.
  func verifyAudit() async throws -> AuditChain.Verdict { try await readers.perform { try AuditChain.verify($0) } }

  func makeToken(user: String, role: Role, lifetime: Duration) async throws -> String {
    try await writer.perform { try Tokens.create(user: user, role: role, expiresIn: lifetime, by: "demo", in: $0).token }
  }
}
