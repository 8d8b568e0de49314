// Strict reading of a JSON object's members: unknown keys and wrong types are rejected by name.
// `{"versions": ["1.0.0"]}` must not mean the same as `{}`.
//
// Read each optional member, then call finish(); problem() is the first problem as a sentence.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// The members of one body.
class JsonMembers {
 public:
  /// `body` must outlive this. `what` names it in messages: "a quarantine".
  JsonMembers(const nlohmann::json& body, std::string_view what);

  /// A text of 1 to `max` bytes; nullopt if missing. `form` describes it in the message.
  std::optional<std::string> text(std::string_view key, std::size_t max, std::string_view form);
  /// An integer from 1 to `max`; nullopt if missing.
  std::optional<std::int64_t> positive(std::string_view key, std::int64_t max);
  /// Any value; null if missing.
  const nlohmann::json* any(std::string_view key);
  /// Reports a missing member.
  void require(std::string_view key);
  /// Reports a problem of a member.
  void wrong(std::string_view key, std::string_view sentence);
  /// Reports members that were not read.
  void finish();

  /// Whether there is no problem.
  [[nodiscard]] bool ok() const noexcept { return problem_.empty(); }
  /// The first problem as a sentence; empty if there is none.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// `"pointer":"/key"` for the answer; empty if the body as a whole is invalid.
  [[nodiscard]] const std::string& extra() const noexcept { return extra_; }

 private:
  const nlohmann::json* take(std::string_view key);
  void refuse(std::string_view key, std::string sentence);

  const nlohmann::json& body_;
  const std::string_view what_;
  std::vector<std::string> known_;
  std::string problem_;
  std::string extra_;
};

}  // namespace portcullis::bff
