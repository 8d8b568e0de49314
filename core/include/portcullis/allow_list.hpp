// allow_list: all permissions.api rules of one plugin, compiled into one segment trie.
//
// Decides: which rule, if any, allows a method on a canonical path.
// Does not decide: whether the path is canonical (canonicalize() it first), nor who is calling.
//
// Precedence, from left to right and with backtracking: a literal beats ':name' beats '*'; ':name'
// segments of differing shapes are tried in the order of the rules that brought them; '*' in the
// middle beats '*' at the end. The method belongs to the match: a more literal rule for another
// method hides nothing. GET covers HEAD; where one template has both, HEAD finds its own rule.
// The first of two rules with the same method and the same template (names apart) is the one found.
//
// Order of calls: compile() once; find() per request; captures() when the values are wanted;
// nearest() to explain a denial. Immutable, movable, safe to share between threads.
//
// Cost: find() allocates nothing and touches one
// trie node per path segment; with ':name' or '*' beside literals it may try each trie node once,
// never more. The rules of other plugins cost nothing: every plugin has a trie of its own, one
// block of plain data of about 100 bytes per rule plus its text. Limits:
// limits::kMaxApiRulesPerPlugin, kMaxRegexShapesPerPlugin, and those of path_template.hpp.
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

/// The methods that a rule can name. Their numbers are part of the raw WASM calls; keep the order.
enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete };
inline constexpr std::size_t kMethods = 6;

/// Exact and in capitals ("GET"); nothing for any other text.
[[nodiscard]] std::optional<Method> parse_method(std::string_view text) noexcept;
[[nodiscard]] std::string_view name(Method method) noexcept;

/// One entry of permissions.api.
struct ApiRule {
  Method method = Method::kGet;
  std::string path;
  std::vector<ParamSpec> params;
};

/// What is wrong with a rule. A problem that is not fatal leaves a list that works: the rule is
/// never found (TEMPLATE_DUPLICATE_RULE), or allows its text and not what was meant
/// (TEMPLATE_LITERAL_COLON).
struct RuleProblem {
  std::size_t rule = 0;
  bool fatal = true;
  TemplateProblem problem;
};

class AllowList {
 public:
  /// The list of no rules: denies everything.
  AllowList() noexcept = default;
  AllowList(AllowList&&) noexcept = default;
  AllowList& operator=(AllowList&&) noexcept = default;

  /// Compiles every rule and appends every problem of every rule, in order, to `problems` (may be
  /// null). Nothing when one of them is fatal: a list is never half of what was written. Reserved
  /// paths, too many rules and too many regexes are fatal problems here.
  [[nodiscard]] static std::optional<AllowList> compile(const std::vector<ApiRule>& rules,
                                                        std::vector<RuleProblem>* problems);
  /// The same, giving the first fatal problem only.
  [[nodiscard]] static std::optional<AllowList> compile(const std::vector<ApiRule>& rules,
                                                        std::size_t* bad_rule,
                                                        TemplateProblem* problem);

  /// The index of the rule that allows this call, or -1.
  [[nodiscard]] int find(Method method, std::string_view canonical_path) const noexcept;

  /// The values of the rule's parameters in a path that find() answered `rule` for; `params` is
  /// replaced. Each rule has its own names, even where two share a template.
  void captures(int rule, std::string_view canonical_path, Params& params) const;

  /// The rule that comes closest to allowing a call that is denied, or -1 when none has anything in
  /// common with it. The path matching and only the method being another comes first; then the more
  /// leading segments match (one whose shape alone does not fit counts); then the longer the common
  /// beginning of the next segment; then the same method; then the nearer number of segments; then
  /// the earlier rule. Not for the hot path: O(rules).
  [[nodiscard]] int nearest(std::optional<Method> method, std::string_view canonical_path) const;

  /// What keeps the rule's template from matching the path, for a person: "a trailing slash is
  /// significant"; "" when there is nothing to add to the template itself.
  [[nodiscard]] std::string remark(int rule, std::string_view canonical_path) const;

  [[nodiscard]] std::size_t size() const noexcept { return rules_; }
  [[nodiscard]] Method method(int rule) const noexcept;
  /// The rule's template as it was written.
  [[nodiscard]] std::string_view text(int rule) const noexcept;
  /// Heap bytes held, those of regex shapes apart.
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

  // One block of plain data, so that a decision touches few cache lines and a plugin is one
  // allocation (and its shapes).
  std::unique_ptr<std::byte[]> block_;
  std::uint32_t param_edges_at_ = 0;
  std::uint32_t nodes_at_ = 0;
  std::uint32_t terminals_at_ = 0;
  std::uint32_t rules_at_ = 0;
  std::uint32_t texts_at_ = 0;
  std::uint32_t block_bytes_ = 0;
  std::uint32_t rules_ = 0;
  std::uint16_t shared_bytes_ = 1;  // how every rule begins, up to a '/': compared at once
  std::uint16_t shared_node_ = 0;   // where that leads to
  std::vector<ParamMatcher> matchers_;
};

}  // namespace portcullis
