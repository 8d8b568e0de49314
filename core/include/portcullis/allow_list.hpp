// allow_list: all permissions.api rules of one plugin, compiled into a trie of path segments.
//
// Decides which rule, if any, allows a method on a canonical path. Canonicalizing the path
// (canonicalize()) and identifying the caller are up to the caller.
//
// Precedence, left to right with backtracking: a literal beats ':name' beats '*'; ':name' segments
// with different shapes are tried in rule order; '*' in the middle beats '*' at the end. The method
// is part of the match: a more literal rule for another method hides nothing. GET covers HEAD
// unless the same template has a HEAD rule. Of two rules with the same method and template (names
// aside), the first wins.
//
// Immutable and movable; const members are thread-safe. find() allocates nothing and visits each
// trie node at most once, usually one per path segment. Each plugin has its own trie: one block of
// about 100 bytes per rule plus text. Limits: limits::kMaxApiRulesPerPlugin,
// kMaxRegexShapesPerPlugin, and those of path_template.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/param_shape.hpp"
#include "portcullis/path_template.hpp"

namespace portcullis {

/// The methods a rule can name. The values are part of the raw WASM calls; keep the order.
enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete };
/// Number of methods.
inline constexpr std::size_t kMethods = 6;

/// Parses a method name: exact, upper case ("GET"). Empty for any other text.
[[nodiscard]] std::optional<Method> parse_method(std::string_view text) noexcept;
/// The method's name in upper case.
[[nodiscard]] std::string_view name(Method method) noexcept;

/// One entry of permissions.api.
struct ApiRule {
  /// Method the rule allows; kGet also allows HEAD.
  Method method = Method::kGet;
  /// Path template (path_template.hpp).
  std::string path;
  /// Shapes of the template's parameters, at most one per name.
  std::vector<ParamSpec> params;
};

/// A problem of one rule. A non-fatal problem leaves a usable list: the rule is never found
/// (TEMPLATE_DUPLICATE_RULE), or a colon in it is literal text (TEMPLATE_LITERAL_COLON).
struct RuleProblem {
  /// Index into the rules.
  std::size_t rule = 0;
  /// True if compile() fails because of it.
  bool fatal = true;
  /// Code and sentence.
  TemplateProblem problem;
};

/// The compiled rules of one plugin.
class AllowList {
 public:
  /// An empty list; denies everything.
  AllowList() noexcept = default;
  AllowList(AllowList&&) noexcept = default;
  AllowList& operator=(AllowList&&) noexcept = default;

  /// Compiles the rules and appends every problem, in rule order, to `problems` (may be null).
  /// Returns nullopt if any problem is fatal: there are no partial lists. Reserved paths, too many
  /// rules and too many regexes are fatal.
  [[nodiscard]] static std::optional<AllowList> compile(const std::vector<ApiRule>& rules,
                                                        std::vector<RuleProblem>* problems);
  /// Overload that reports the first fatal problem only.
  [[nodiscard]] static std::optional<AllowList> compile(const std::vector<ApiRule>& rules,
                                                        std::size_t* bad_rule,
                                                        TemplateProblem* problem);

  /// Returns the index of the rule that allows the call, or -1. Allocates nothing.
  [[nodiscard]] int find(Method method, std::string_view canonical_path) const noexcept;

  /// Extracts the parameters of `rule` from a path for which find() returned it; replaces `params`.
  /// Each rule uses its own names, even when two rules share a template.
  void captures(int rule, std::string_view canonical_path, Params& params) const;

  /// Returns the rule closest to allowing a denied call, or -1 if none has anything in common with
  /// it. Ranked by: path matches and only the method differs; number of leading segments that match
  /// (a wrong shape counts as matching); common prefix of the next segment; same method; difference
  /// in segment count; rule order. O(rules); not for the hot path.
  [[nodiscard]] int nearest(std::optional<Method> method, std::string_view canonical_path) const;

  /// Explains why the rule's template does not match the path, e.g. "a trailing slash is
  /// significant". Empty if the template says enough.
  [[nodiscard]] std::string remark(int rule, std::string_view canonical_path) const;

  /// Number of rules.
  [[nodiscard]] std::size_t size() const noexcept { return rules_; }
  /// The rule's method.
  [[nodiscard]] Method method(int rule) const noexcept;
  /// The rule's template as written.
  [[nodiscard]] std::string_view text(int rule) const noexcept;
  /// Heap bytes held, excluding regex shapes.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  friend class AllowListBuilder;
  friend class AllowListSearch;
  friend class AllowListNearest;
  struct Node;
  struct Edge;
  struct ParamEdge;
  struct Terminal;
  struct Rule;

  const Node* nodes() const noexcept;
  const Edge* edges() const noexcept;
  const ParamEdge* param_edges() const noexcept;
  const Terminal* terminals() const noexcept;
  const Rule* rules() const noexcept;
  const char* texts() const noexcept;

  // One block of plain data: few cache lines per decision and one allocation per plugin (plus its
  // shapes).
  std::unique_ptr<std::byte[]> block_;
  std::uint32_t param_edges_at_ = 0;
  std::uint32_t nodes_at_ = 0;
  std::uint32_t terminals_at_ = 0;
  std::uint32_t rules_at_ = 0;
  std::uint32_t texts_at_ = 0;
  std::uint32_t block_bytes_ = 0;
  std::uint32_t rules_ = 0;
  std::uint16_t shared_bytes_ = 1;  // common prefix of all rules, up to a '/': compared at once
  std::uint16_t shared_node_ = 0;   // the node behind that prefix
  std::vector<ParamMatcher> matchers_;
};

}  // namespace portcullis
