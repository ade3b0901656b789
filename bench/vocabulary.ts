const words = (text: string): string[] => text.trim().split(/\s+/);

/** Half of the names contain it. */
export const COMMON_WORD = 'classic';

/** Five names contain it, whatever the number of items is. */
export const RARE_WORD = 'zephyr';

/** A name has a word of each list. Words at the front are more frequent. */
export const ADJECTIVES = words(`
  small large light heavy modern simple sturdy compact folding portable round square tall narrow wide deep soft firm
  smooth rough bright dark matt glossy plain striped printed woven padded quilted hollow solid slim broad short long
  flexible rigid adjustable stackable reversible washable waterproof insulated heated cooled silent rapid manual
  electric cordless magnetic floating hanging standing rotating sliding locking nesting layered coated polished brushed
  antique rustic nordic coastal alpine tropical urban royal noble humble curious playful gentle swift
`);

export const MATERIALS = words(`
  wooden steel cotton glass leather paper ceramic bamboo copper brass linen woollen oak pine walnut beech birch maple
  teak cork felt velvet silk denim canvas rubber silicone plastic acrylic marble granite slate concrete porcelain
  crystal silver golden titanium chrome wicker
`);

export const NOUNS = words(`
  chair table lamp shelf bottle basket bowl mug plate knife spoon fork pan pot kettle jug tray board box crate bin rack
  hook hanger mirror frame clock vase candle rug mat curtain blanket pillow mattress towel apron glove hat scarf belt
  bag backpack wallet case trunk ladder stool bench desk cabinet drawer wardrobe sofa armchair footrest planter trellis
  shovel rake hoe hose sprinkler bucket wheelbarrow hammer saw drill wrench pliers screwdriver chisel plane vice clamp
  file sander brush roller trowel spade level ruler tape compass pencil pen marker notebook folder binder stapler
  scissors puncher stamp envelope label calendar globe map telescope microscope tripod lens speaker headphone keyboard
  cable adapter charger battery torch lantern heater fan whistle drum flute guitar violin puzzle kite
`);
