// A quarantine journal that lives as long as the object, for tests and for servers without state.
// Not thread-safe.
#pragma once

#include "domain/quarantine_journal.hpp"

namespace portcullis::bff {

/// The in-memory quarantine journal.
class MemoryQuarantineJournal final : public QuarantineJournal {
 public:
  [[nodiscard]] std::variant<std::vector<QuarantineEntry>, std::string> load() override {
    return entries_;
  }
  [[nodiscard]] std::string record(
      const std::vector<QuarantineStep>&,
      const std::function<std::vector<QuarantineEntry>()>& all) override {
    entries_ = all();
    return {};
  }

 private:
  std::vector<QuarantineEntry> entries_;
};

}  // namespace portcullis::bff
