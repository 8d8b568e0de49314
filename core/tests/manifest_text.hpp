// Shared by the manifest tests: sample texts and a short form of problems.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "exact_copy.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis {

// A valid manifest with additional members.
inline std::string with(const std::string& members) {
  return R"({"id":"hello","version":"1.0.0","engine":{"experience":">=1.0.0"})" +
         (members.empty() ? "" : "," + members) + "}";
}

inline std::string routes(const std::string& entries) {
  return with(R"("contributions":{"routes":[)" + entries + "]}");
}

inline std::string rules(const std::string& entries) {
  return with(R"("permissions":{"api":[)" + entries + "]}");
}

inline std::string repeat(const std::string& entry, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + entry;
  return out;
}

inline ManifestResult parse(std::string_view text) {
  const ExactCopy copy(text);
  return parse_manifest(copy.view());
}

// "CODE pointer" per problem; warnings in brackets.
inline std::string problems(std::string_view text) {
  const ManifestResult result = parse(text);
  std::string out;
  bool error = false;
  for (const Problem& problem : result.problems) {
    std::string line(name(problem.code));
    if (!problem.pointer.empty()) line += " " + problem.pointer;
    error = error || problem.severity == Problem::kError;
    if (problem.severity == Problem::kWarning) line = "[" + line + "]";
    out += (out.empty() ? "" : ", ") + line;
    EXPECT_FALSE(problem.message.empty()) << line;
    EXPECT_TRUE(problem.message.back() == '.' || problem.message.back() == '?') << problem.message;
  }
  EXPECT_EQ(result.ok(), !error);
  EXPECT_EQ(result.policy.has_value(), result.ok());
  return out;
}

}  // namespace portcullis
