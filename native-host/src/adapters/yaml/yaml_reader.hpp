// Reads a YamlNode into typed values, and notes every problem on the way.
//
// A MapReader hands out the values of one map by key. What is of the wrong type is reported once,
// where it stands, with what to write instead, and taken for absent, so that the reading goes on;
// finish() reports the keys that nobody asked for. In a configuration that has errors no value is
// used, so a default that stands in for a wrong value never takes effect.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/yaml.hpp"

namespace portcullis::bff {

/// Where the problems of one file go. Stops adding at limits::kMaxConfigProblems.
class ProblemSink {
 public:
  ProblemSink(std::string file, std::vector<ConfigProblem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  void error(Code code, const YamlNode& at, std::string pointer, std::string message) {
    add(Severity::kError, code, location(at), std::move(pointer), std::move(message));
  }
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

class MapReader {
 public:
  /// `node` may be nothing (an empty section), and is an error when it is a list or text.
  MapReader(const YamlNode& node, std::string pointer, ProblemSink& sink);

  bool has(std::string_view key) { return take(key) != nullptr; }

  /// The value of any kind; null when the key is absent or its value is nothing.
  const YamlNode* any(std::string_view key) { return take(key); }
  const YamlNode* map(std::string_view key);
  const YamlNode* list(std::string_view key);

  /// Any scalar, quoted or not, as it is written.
  std::optional<std::string> text(std::string_view key);
  /// Reports CONFIG_REQUIRED when the key is absent or the text empty; then "".
  std::string required_text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view key, double min, double max);
  /// A list of texts. Absent: empty.
  std::vector<std::string> texts(std::string_view key);
  /// A list that limits something: absent means all, and so an empty one, which reads like "none",
  /// is an error.
  std::vector<std::string> some_texts(std::string_view key);
  std::optional<std::string> one_of(std::string_view key,
                                    std::initializer_list<std::string_view> choices);

  /// Reports a problem of the value of `key` (of the map itself when it is absent).
  void error(Code code, std::string_view key, std::string message);
  void warning(Code code, std::string_view key, std::string message);

  /// Whether a problem of the value of `key` was reported as an error.
  bool is_wrong(std::string_view key) const;

  /// Reports every key that was not asked for, and which one was probably meant. Call last.
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
  std::vector<std::string> asked_;  ///< the keys that are known here
  std::vector<std::string> wrong_;
};

/// "; did you mean `signing.required`?" when one of `known` is near to `word`, else nothing.
/// `prefix` is put before what was meant: "signing.", or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view prefix = {});

/// A JSON pointer for people: "/tenants/localhost/signing" is "tenants.localhost.signing".
std::string dotted(std::string_view pointer);

/// What was written, for a message: a text in quotes and cut short, else its kind.
std::string shown(const YamlNode& node);

/// `true`, `false` (also True, TRUE, ...), plain. Not yes, no, on, off: YAML 1.2 has them as text.
std::optional<bool> scalar_bool(const YamlNode& node);

}  // namespace portcullis::bff
