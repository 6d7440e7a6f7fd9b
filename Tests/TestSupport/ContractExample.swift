/// What the contract shows to everybody, and several suites hold the program to.
package enum ContractExample {
  /// The workflow of its configuration.
  package static let short = """
    workflows:
      short:
        statuses:
          - {name: Waiting, category: to_do, gate: awaiting}
          - {name: Going, category: in_progress, gate: allowed}
          - {name: Stopped, category: done, gate: prevented}
          - {name: Done, category: done, gate: allowed}
        transitions:
          - {from: Waiting, name: Approve, to: Going, by: approval}
          - {from: Waiting, name: Reject, to: Stopped, by: rejection}
          - {from: Waiting, name: Cancel, to: Stopped, by: person}
          - {from: Going, name: Finished, to: Done, by: deployment, on: success}
    """
}
