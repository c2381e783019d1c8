/** The most branches of which a root that an adoption made says where they moved. */
export const movesMax = 50
