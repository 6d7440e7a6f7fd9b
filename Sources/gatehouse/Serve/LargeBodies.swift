import HTTPMessages
import Web

/// Verifies and parses large bodies, one at a time: parsed, each may take ten times its size, and Swift's pool has few threads.
actor LargeBodies {
  func work(for request: Request, of admitted: AdmittedHead, requestID: String) -> Work {
    admitted.work(for: request, requestID: requestID, at: SystemClock.now())
  }
}
