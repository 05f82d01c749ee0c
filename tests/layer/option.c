/* Ranges of options: what is no number is in none of them, whoever owns the option. */
#include <math.h>

#include "../test.h"

/* The check refuses v and names the owner, the option and the value. */
static void check_refused(const ae_option *o, double v, const char *shown) {
  ae_value value = {.number = v};
  char text[160];
  snprintf(text, sizeof text, "owner: %s is %s, should be", o->name, shown);
  CHECK_FAILS(ae_option_check("owner", o, &value), AE_EARG, text);
}

static void check_list(const char *owner, const ae_option *options) {
  for (const ae_option *o = options; o && o->name; o++) {
    if (o->kind != AE_INT && o->kind != AE_NUMBER) continue;
    check_refused(o, NAN, "nan");
    check_refused(o, -NAN, "nan");
    if (o->min > -INFINITY) check_refused(o, -INFINITY, "-inf");
    if (o->max < INFINITY && o->fallback != AE_REQUIRED) check_refused(o, INFINITY, "inf");
    if (o->kind == AE_INT && !(o->min > -INFINITY && o->max < INFINITY))
      test_failed(__FILE__, __LINE__, "%s: %s may be infinite", owner, o->name);
  }
}

TEST(no_option_takes_what_is_no_number) {
  for (int i = 0; ae_layers[i]; i++) check_list(ae_layers[i]->name, ae_layers[i]->options);
  for (int i = 0; ae_losses[i]; i++) check_list(ae_losses[i]->name, ae_losses[i]->options);
  for (int i = 0; ae_optims[i]; i++) {
    check_list(ae_optims[i]->name, ae_optims[i]->options);
    for (const ae_option *o = ae_optims[i]->options; o->name; o++)
      if (o->kind == AE_NUMBER && !(o->max < INFINITY))
        test_failed(__FILE__, __LINE__, "%s: %s may be infinite", ae_optims[i]->name, o->name);
  }
}

TEST(what_is_too_large_is_told_the_most_there_may_be) {
  const ae_option o = {"size", AE_INT, AE_REQUIRED, 1, INT32_MAX, ""};
  CHECK_FAILS(ae_option_check("owner", &o, &(ae_value){.number = 0x1p63}), AE_EARG,
              "owner: size is 9.2233720368547758e+18, should be at most 2147483647");
  CHECK_FAILS(ae_option_check("owner", &o, &(ae_value){.number = 0}), AE_EARG,
              "owner: size is 0, should be at least 1");
}

TEST(a_yes_or_no_is_no_other_number) {
  const ae_option o = {"flag", AE_BOOL, 1, 0, 1, ""};
  ae_value value = {.number = NAN};
  CHECK_FAILS(ae_option_check("owner", &o, &value), AE_EARG, "flag is");
}
