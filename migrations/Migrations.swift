/// The numbered SQL files of this folder, embedded in the binary.
package enum Migrations {
  package static let all: [(name: String, sql: [UInt8])] = [
    ("001-gate.sql", PackageResources._01_gate_sql),
    ("002-courier.sql", PackageResources._02_courier_sql),
    ("003-checks.sql", PackageResources._03_checks_sql),
    ("004-fields.sql", PackageResources._04_fields_sql),
    ("005-decisions.sql", PackageResources._05_decisions_sql),
    ("006-people.sql", PackageResources._06_people_sql),
    ("007-standing.sql", PackageResources._07_standing_sql),
    ("008-setup.sql", PackageResources._08_setup_sql),
    ("009-drift.sql", PackageResources._09_drift_sql),
    ("010-open-requests.sql", PackageResources._10_open_requests_sql),
    ("011-sent.sql", PackageResources._11_sent_sql),
    ("012-begun.sql", PackageResources._12_begun_sql),
    ("013-sight.sql", PackageResources._13_sight_sql),
    ("014-unwatched.sql", PackageResources._14_unwatched_sql),
  ]
}
