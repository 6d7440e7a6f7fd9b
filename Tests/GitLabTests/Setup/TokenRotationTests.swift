import Calendar
import Testing

@testable import GitLab

/// When an access token is due for rotation, and what came of asking for it.
@Suite struct TokenRotationTests {
  private func token(madeDaysAgo age: Int64?, endsInDays left: Int64?) -> ProbeReport.Token {
    let now = DoctorSamples.now
    return ProbeReport.Token(
      name: "gate", scopes: ["api"], expiresAt: left.map { now + .seconds($0 * 86_400) },
      createdAt: age.map { now - .seconds($0 * 86_400) }, isActive: true)
  }

  @Test(
    arguments: [
      (300, 31, 1), (300, 29, -1), (1, 363, 333),
      // GitLab gave seven days only: not before the half of them is over.
      (0, 7, 3), (4, 3, -1), (nil, 40, 10), (300, nil, nil),
    ] as [(Int64?, Int64?, Int64?)])
  func isDue(_ age: Int64?, _ left: Int64?, _ inDays: Int64?) {
    let due = token(madeDaysAgo: age, endsInDays: left).rotationDue(.seconds(30 * 86_400))
    let days = due.map { ($0 - DoctorSamples.now).components.seconds / 86_400 }
    #expect(days == inDays || (days == 0 && inDays == -1 && due.map { $0 < DoctorSamples.now } == true))
  }
}
