import Testing

@Suite struct ConformanceTests {
  @Test(arguments: ConformanceTable.wire) func theVerdictDoesNotDependOnTheCut(_ row: Row<WireCase>) {
    #expect(row.value.violations == [])
  }

  @Test(arguments: ConformanceTable.exchanges) func theAnswersDoNotDependOnTheCut(_ row: Row<ExchangeCase>) {
    #expect(row.value.violations == [])
  }

  @Test(arguments: ConformanceTable.overSockets) func theRuleHoldsOverASocket(_ row: Row<SocketCase>) async throws {
    try await row.value.run()
  }

  @Test(arguments: Section.allCases) func everySectionHasACase(_ section: Section) {
    let rules = ConformanceTable.rules.filter { $0.section == section }
    #expect(!rules.isEmpty)
    for rule in rules { #expect(!rule.caseNames.isEmpty, "\(rule.text)") }
  }

  @Test func noCaseStandsTwice() {
    let names = ConformanceTable.rules.flatMap { rule in rule.caseNames.map { "\(rule.section.rawValue): \(rule.text): \($0)" } }
    #expect(Set(names).count == names.count)
    let inputs = ConformanceTable.wire.map(\.value.input)
    #expect(Set(inputs).count == inputs.count)
  }
}
