// Reads a YamlNode into typed values and reports every problem.
//
// A MapReader returns the values of one map by key. A value of the wrong type is reported once, at
// its position, with what to write instead, and then treated as missing; finish() reports unknown
// keys. A configuration with errors is not used, so a default in place of a wrong value never takes
// effect.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/yaml.hpp"

namespace portcullis::bff {

/// Collects the problems of one file, up to limits::kMaxConfigProblems.
class ProblemSink {
 public:
  ProblemSink(std::string file, std::vector<ConfigProblem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  /// Adds an error.
  void error(Code code, const YamlNode& at, std::string pointer, std::string message) {
    add(Severity::kError, code, location(at), std::move(pointer), std::move(message));
  }
  /// Adds a warning.
  void warning(Code code, const YamlNode& at, std::string pointer, std::string message) {
    add(Severity::kWarning, code, location(at), std::move(pointer), std::move(message));
  }
  void add(Severity severity, Code code, Location where, std::string pointer, std::string message);

  Location location(const YamlNode& at) const { return {file_, at.line, at.column}; }
  const std::string& file() const noexcept { return file_; }

 private:
  std::string file_;
  std::vector<ConfigProblem>& problems_;
};

/// The reader of one map.
class MapReader {
 public:
  /// `node` may be null (an empty section); a list or text is an error.
  MapReader(const YamlNode& node, std::string pointer, ProblemSink& sink);

  /// Whether the key has a value; counts as read.
  bool has(std::string_view key) { return take(key) != nullptr; }

  /// The value of any kind; null if the key is missing or its value is null.
  const YamlNode* any(std::string_view key) { return take(key); }
  /// The value if it is a map. The members below report a wrong type and return an empty value.
  const YamlNode* map(std::string_view key);
  const YamlNode* list(std::string_view key);

  /// Any scalar as written, quoted or not.
  std::optional<std::string> text(std::string_view key);
  /// Reports CONFIG_REQUIRED and returns "" if the key is missing or the text is empty.
  std::string required_text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  /// A whole number from `min` to `max`.
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  /// A number from `min` to `max`.
  std::optional<double> number(std::string_view key, double min, double max);
  /// A list of texts; empty if missing.
  std::vector<std::string> texts(std::string_view key);
  /// A limiting list: absence means all, so an empty list, which reads like "none", is an error.
  std::vector<std::string> some_texts(std::string_view key);
  /// One of `choices`.
  std::optional<std::string> one_of(std::string_view key,
                                    std::initializer_list<std::string_view> choices);

  /// Reports a problem of the value of `key`, or of the map if the key is missing.
  void error(Code code, std::string_view key, std::string message);
  void warning(Code code, std::string_view key, std::string message);

  /// Whether an error was reported for the value of `key`.
  bool is_wrong(std::string_view key) const;

  /// Reports every key that was not read, with the likeliest intended one. Call last.
  void finish();

  const YamlNode& node() const noexcept { return *node_; }
  const std::string& pointer() const noexcept { return pointer_; }
  std::string pointer_of(std::string_view key) const { return pointer_ + pointer_segment(key); }
  ProblemSink& sink() noexcept { return *sink_; }

 private:
  const YamlNode* take(std::string_view key);
  const YamlNode& where(std::string_view key) const;
  void wrong_type(std::string_view key, const YamlNode& value, std::string_view wanted);

  const YamlNode* node_;
  std::string pointer_;
  ProblemSink* sink_;
  std::vector<bool> taken_;
  std::vector<std::string> asked_;  ///< the keys known here
  std::vector<std::string> wrong_;
};

/// "; did you mean `signing.required`?" if one of `known` is near to `word`; otherwise empty.
/// `prefix` is prepended to the suggestion: "signing.", or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view prefix = {});

/// A JSON pointer in readable form: "/tenants/localhost/signing" becomes
/// "tenants.localhost.signing".
std::string dotted(std::string_view pointer);

/// A value for a message: a quoted and shortened text, or its kind.
std::string shown(const YamlNode& node);

/// Plain `true` or `false` (also True, TRUE, ...). Not yes, no, on, off, which are text in YAML
/// 1.2.
std::optional<bool> scalar_bool(const YamlNode& node);

}  // namespace portcullis::bff
