// Port: keeps the quarantine list over a restart (adapters/files/quarantine_journal_file.hpp).
// Quarantine (quarantine.hpp) decides; a journal only stores.
//
// Contract of every journal (native-host/tests/adapters/quarantine_journal_contract_test.cpp):
//   durability   steps of a record() that returned no error are in the next load(), even after a
//                crash right after it. After a crash within record() the next load() returns the
//                list from before or after it, never a part of one.
//   failure      record() returns one sentence; the stored list is then an older one, and the next
//                record() writes everything that is missing. A load() that cannot read or parse the
//                stored list returns one sentence and does not modify it: the server must not start
//                with less quarantined than an operator asked for.
//   blocking     both block. Quarantine calls them under its lock for changes, off the I/O threads.
// Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "domain/quarantine_entry.hpp"

namespace portcullis::bff {

/// An entry that was set or removed.
struct QuarantineStep {
  bool set;  ///< false: removed
  QuarantineEntry entry;
};

/// A store of the quarantine list.
class QuarantineJournal {
 public:
  QuarantineJournal() = default;
  virtual ~QuarantineJournal() = default;
  QuarantineJournal(const QuarantineJournal&) = delete;
  QuarantineJournal& operator=(const QuarantineJournal&) = delete;

  /// Reads the stored list; empty if there is none yet. Call it once, before record().
  [[nodiscard]] virtual std::variant<std::vector<QuarantineEntry>, std::string> load() = 0;

  /// Makes the steps durable. `all` returns the whole list after them. Returns an empty string, or
  /// one sentence if it failed.
  [[nodiscard]] virtual std::string record(
      const std::vector<QuarantineStep>& steps,
      const std::function<std::vector<QuarantineEntry>()>& all) = 0;
};

}  // namespace portcullis::bff
