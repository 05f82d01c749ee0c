/* image.c - aelua.image: PNG files and drawing. A canvas is a ByteTensor (3,H,W); coordinates are
 * pixels from the top left corner, which is (0, 0); colours are 0xRRGGBB. */
#include "bind/bind.h"

/* Every drawing function takes the canvas first and returns it. */
static int drawn(lua_State *L, ae_status status) {
  bind_check(L, status);
  return lua_settop(L, 1), 1;
}

static uint32_t check_colour(lua_State *L, int arg) {
  int64_t colour = luaL_checkinteger(L, arg);
  luaL_argcheck(L, colour >= 0 && colour <= 0xffffff, arg, "a colour is 0xRRGGBB");
  return (uint32_t)colour;
}

/* writePNG(path, image) -> true, or nil and a message when the file cannot be written */
static int write_png(lua_State *L) {
  ae_status status = ae_png_write(luaL_checkstring(L, 1), bind_check_tensor(L, 2));
  if (status == AE_EIO) {
    luaL_pushfail(L);
    lua_pushstring(L, ae_error());
    return 2;
  }
  bind_check(L, status);
  lua_pushboolean(L, true);
  return 1;
}

/* readPNG(path) -> Byte (C,H,W), or nil and a message when the file cannot be read */
static int read_png(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_status status = ae_png_read(bind_new_tensor(L, AE_BYTE), path);
  if (status == AE_OK) return 1;
  if (status != AE_EIO && status != AE_EFORMAT) bind_check(L, status);
  luaL_pushfail(L);
  lua_pushstring(L, ae_error());
  return 2;
}

/* drawLine(canvas, x0, y0, x1, y1, width, colour) */
static int draw_line(lua_State *L) {
  ae_tensor *canvas = bind_check_tensor(L, 1);
  double x0 = luaL_checknumber(L, 2), y0 = luaL_checknumber(L, 3);
  double x1 = luaL_checknumber(L, 4), y1 = luaL_checknumber(L, 5);
  double width = luaL_checknumber(L, 6);
  return drawn(L, ae_draw_line(canvas, x0, y0, x1, y1, width, check_colour(L, 7)));
}

/* drawRectangle(canvas, x, y, width, height, colour) */
static int draw_rectangle(lua_State *L) {
  ae_tensor *canvas = bind_check_tensor(L, 1);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3);
  double w = luaL_checknumber(L, 4), h = luaL_checknumber(L, 5);
  return drawn(L, ae_draw_rectangle(canvas, x, y, w, h, check_colour(L, 6)));
}

/* drawDisc(canvas, x, y, radius, colour) */
static int draw_disc(lua_State *L) {
  ae_tensor *canvas = bind_check_tensor(L, 1);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3), radius = luaL_checknumber(L, 4);
  return drawn(L, ae_draw_disc(canvas, x, y, radius, check_colour(L, 5)));
}

/* drawText(canvas, x, y, height, turned, text, colour) */
static int draw_text(lua_State *L) {
  ae_tensor *canvas = bind_check_tensor(L, 1);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3), height = luaL_checknumber(L, 4);
  bool turned = lua_toboolean(L, 5);
  const char *text = luaL_checkstring(L, 6);
  return drawn(L, ae_draw_text(canvas, x, y, height, turned, text, check_colour(L, 7)));
}

/* textWidth(text, height) */
static int text_width(lua_State *L) {
  lua_pushnumber(L, ae_text_width(luaL_checkstring(L, 1), luaL_checknumber(L, 2)));
  return 1;
}

/* drawImage(canvas, x, y, image [, zoom]) */
static int draw_image(lua_State *L) {
  ae_tensor *canvas = bind_check_tensor(L, 1);
  int64_t x = luaL_checkinteger(L, 2), y = luaL_checkinteger(L, 3);
  const ae_tensor *image = bind_check_tensor(L, 4);
  int64_t zoom = luaL_optinteger(L, 5, 1);
  luaL_argcheck(L, zoom >= 1 && zoom <= 1000, 5, "zoom is 1 to 1000");
  return drawn(L, ae_draw_image(canvas, x, y, image, (int)zoom));
}

void bind_open_image(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"writePNG", write_png},           {"readPNG", read_png},     {"drawLine", draw_line},
      {"drawRectangle", draw_rectangle}, {"drawDisc", draw_disc},   {"drawText", draw_text},
      {"textWidth", text_width},         {"drawImage", draw_image}, {NULL, NULL}};
  bind_push_library(L, "aelua.image");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
